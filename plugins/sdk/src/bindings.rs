//! Generated from `wit/v1`. Private but for what the crate re-exports and what `export!` reaches into.

wit_bindgen::generate!({
    path: "../../wit/v1",
    world: "plugin",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "autotag_plugin_sdk::bindings",
    additional_derives: [PartialEq, Eq],
});

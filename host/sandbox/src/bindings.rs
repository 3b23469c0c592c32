//! Generated from `wit/v1`.

wasmtime::component::bindgen!({
    path: "../../wit/v1",
    world: "plugin",
    ownership: Borrowing { duplicate_if_necessary: false },
});

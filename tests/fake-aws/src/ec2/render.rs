//! Resources as EC2 describes them.

use super::super::world::Region;
use super::super::xml::{Xml, timestamp};
use super::model::{Detail, Image, Instance, NetworkInterface, Snapshot, Tags, Volume};

const ZONE: &str = "use1-az1";

/// One instance, in a reservation of its own.
pub(super) fn reservation(xml: &mut Xml, region: &Region, account: &str, instance: &Instance, tags: &Tags) {
    let reservation = instance.id.replacen("i-", "r-", 1);
    xml.text("reservationId", reservation).text("ownerId", account);
    xml.items("instancesSet", [instance], |xml, instance| self::instance(xml, region, account, instance, tags));
}

fn instance(xml: &mut Xml, region: &Region, account: &str, instance: &Instance, tags: &Tags) {
    let (code, name) = instance.state.code_and_name();
    xml.text("instanceId", &instance.id).text("imageId", &instance.image).text("instanceType", "t3.micro");
    xml.element("instanceState", |xml| {
        xml.text("code", code).text("name", name);
    });
    xml.time("launchTime", instance.launched).text("clientToken", &instance.client_token);
    xml.text("rootDeviceType", "ebs").text("rootDeviceName", &instance.root_device);
    // An instance shows its attachments even while their own Describe requests do not show them yet.
    let attached = || region.resources.attached_to(&instance.id).map(|(_, resource)| resource);
    let volumes = attached().filter_map(|resource| match &resource.detail {
        Detail::Volume(volume) => {
            Some((volume, volume.attachments.iter().find(|attachment| attachment.instance == instance.id)?))
        }
        _ => None,
    });
    xml.items("blockDeviceMapping", volumes, |xml, (volume, attachment)| {
        xml.text("deviceName", &attachment.device).element("ebs", |xml| {
            xml.text("volumeId", &volume.id).text("status", "attached");
            xml.time("attachTime", attachment.attached);
            xml.text("deleteOnTermination", attachment.delete_on_termination);
        });
    });
    let interfaces = attached().filter_map(|resource| match &resource.detail {
        Detail::NetworkInterface(interface) => {
            Some((interface, interface.attachment.as_ref().filter(|attachment| attachment.instance == instance.id)?))
        }
        _ => None,
    });
    xml.items("networkInterfaceSet", interfaces, |xml, (interface, attachment)| {
        xml.text("networkInterfaceId", &interface.id).text("ownerId", account).text("status", interface.status());
        xml.element("attachment", |xml| {
            xml.text("attachmentId", interface.attachment_id()).text("deviceIndex", &attachment.device);
            xml.text("status", "attached").time("attachTime", attachment.attached);
            xml.text("deleteOnTermination", attachment.delete_on_termination);
        });
    });
    if let Some(request) = &instance.spot_request {
        xml.text("spotInstanceRequestId", request).text("instanceLifecycle", "spot");
    }
    tag_set(xml, tags);
}

pub(super) fn volume(xml: &mut Xml, volume: &Volume, tags: &Tags) {
    xml.text("volumeId", &volume.id).text("size", volume.size_gib).text("volumeType", "gp3");
    xml.text("snapshotId", volume.snapshot.as_deref().unwrap_or_default());
    xml.text("availabilityZone", ZONE).text("status", volume.status()).text("encrypted", false);
    xml.time("createTime", volume.created);
    xml.items("attachmentSet", &volume.attachments, |xml, attachment| {
        xml.text("volumeId", &volume.id).text("instanceId", &attachment.instance).text("device", &attachment.device);
        xml.text("status", "attached").time("attachTime", attachment.attached);
        xml.text("deleteOnTermination", attachment.delete_on_termination);
    });
    tag_set(xml, tags);
}

pub(super) fn network_interface(xml: &mut Xml, account: &str, interface: &NetworkInterface, tags: &Tags) {
    xml.text("networkInterfaceId", &interface.id).text("ownerId", account).text("status", interface.status());
    xml.text("availabilityZone", ZONE).text("interfaceType", "interface").text("requesterManaged", false);
    if let Some(attachment) = &interface.attachment {
        xml.element("attachment", |xml| {
            xml.text("attachmentId", interface.attachment_id()).text("instanceId", &attachment.instance);
            xml.text("instanceOwnerId", account).text("deviceIndex", &attachment.device).text("status", "attached");
            xml.time("attachTime", attachment.attached);
            xml.text("deleteOnTermination", attachment.delete_on_termination);
        });
    }
    tag_set(xml, tags);
}

pub(super) fn image(xml: &mut Xml, account: &str, image: &Image, tags: &Tags) {
    xml.text("imageId", &image.id).text("imageState", &image.state).text("imageOwnerId", account);
    xml.text("name", &image.id).text("creationDate", timestamp(image.created)).text("imageType", "machine");
    xml.text("rootDeviceType", "ebs").text("isPublic", false);
    if let Some((device, _)) = image.snapshots.first() {
        xml.text("rootDeviceName", device);
    }
    xml.items("blockDeviceMapping", &image.snapshots, |xml, (device, snapshot)| {
        xml.text("deviceName", device).element("ebs", |xml| {
            if let Some(snapshot) = snapshot {
                xml.text("snapshotId", snapshot);
            }
            xml.text("volumeSize", 8).text("volumeType", "gp3").text("deleteOnTermination", true);
        });
    });
    tag_set(xml, tags);
}

pub(super) fn snapshot(xml: &mut Xml, account: &str, snapshot: &Snapshot, tags: &Tags) {
    xml.text("snapshotId", &snapshot.id).text("volumeId", &snapshot.volume).text("ownerId", account);
    xml.text("status", &snapshot.state).time("startTime", snapshot.started).text("volumeSize", 8);
    xml.text("progress", if snapshot.state == "completed" { "100%" } else { "0%" });
    xml.text("description", &snapshot.description).text("encrypted", false);
    tag_set(xml, tags);
}

pub(super) fn tag_set(xml: &mut Xml, tags: &Tags) {
    // EC2 leaves the element out if there are no tags.
    if !tags.is_empty() {
        xml.items("tagSet", tags, |xml, (key, value)| {
            xml.text("key", key).text("value", value);
        });
    }
}

impl Volume {
    pub(super) fn status(&self) -> &'static str {
        if self.attachments.is_empty() { "available" } else { "in-use" }
    }
}

impl NetworkInterface {
    pub(super) fn status(&self) -> &'static str {
        if self.attachment.is_none() { "available" } else { "in-use" }
    }

    fn attachment_id(&self) -> String {
        self.id.replacen("eni-", "eni-attach-", 1)
    }
}

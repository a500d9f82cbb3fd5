//! Volumes, claims, classes and attachments.

use std::borrow::Cow;

use serde_json::Value;

use super::amounts::quantity;
use crate::allow::KeyPatterns;
use crate::family::Rows;
use crate::object;
use crate::quantity::Quantity;
use crate::rule::keys;

/// Labels of a volume and the fields of its sources.
const SOURCES: [(&str, &str); 19] = [
    ("storageclass", "storageClassName"),
    ("gce_persistent_disk_name", "gcePersistentDisk.pdName"),
    ("ebs_volume_id", "awsElasticBlockStore.volumeID"),
    ("azure_disk_name", "azureDisk.diskName"),
    ("fc_wwids", "fc.wwids"),
    ("fc_lun", "fc.lun"),
    ("fc_target_wwns", "fc.targetWWNs"),
    ("iscsi_target_portal", "iscsi.targetPortal"),
    ("iscsi_iqn", "iscsi.iqn"),
    ("iscsi_lun", "iscsi.lun"),
    ("iscsi_initiator_name", "iscsi.initiatorName"),
    ("nfs_server", "nfs.server"),
    ("nfs_path", "nfs.path"),
    ("csi_driver", "csi.driver"),
    ("csi_volume_handle", "csi.volumeHandle"),
    ("local_path", "local.path"),
    ("local_fs", "local.fsType"),
    ("host_path", "hostPath.path"),
    ("host_path_type", "hostPath.type"),
];

/// The class by annotation, else by field.
pub(crate) fn claim_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let annotations = object::map(value, "metadata.annotations");
    let annotated = annotations
        .and_then(|map| map.get("volume.beta.kubernetes.io/storage-class"))
        .and_then(Value::as_str);
    let class = annotated.unwrap_or_else(|| object::text(value, "spec.storageClassName"));
    let labels = [
        ("storageclass", class.into()),
        ("volumename", object::label(value, "spec.volumeName")),
        ("volumemode", object::label(value, "spec.volumeMode")),
    ];
    rows.push(labels, 1.0);
}

/// The storage that is asked for, in whole bytes.
pub(crate) fn claim_storage<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(storage) = object::at(value, "spec.resources.requests.storage").and_then(quantity) {
        rows.value(storage.value());
    }
}

/// The claim of a bound volume.
pub(crate) fn volume_claim<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(claim) = object::at(value, "spec.claimRef") {
        let labels =
            [("name", object::label(claim, "name")), ("claim_namespace", object::label(claim, "namespace"))];
        rows.push(labels, 1.0);
    }
}

/// Class, source, reclaim policy.
pub(crate) fn volume_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let spec = object::at(value, "spec").unwrap_or(&Value::Null);
    let sources = SOURCES.iter().map(|(label, path)| (Cow::Borrowed(*label), joined(spec, path)));
    let policy = (Cow::Borrowed("reclaim_policy"), object::label(spec, "persistentVolumeReclaimPolicy"));
    rows.extend(sources.chain([policy]), 1.0);
}

/// A field as a label; a list with commas.
fn joined<'a>(spec: &'a Value, path: &str) -> Cow<'a, str> {
    match object::at(spec, path) {
        Some(Value::Array(items)) => {
            Cow::Owned(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        _ => object::label(spec, path),
    }
}

/// The size in whole bytes; 0 where there is none.
pub(crate) fn volume_capacity<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let size = object::at(value, "spec.capacity.storage").and_then(quantity);
    rows.value(size.map_or(0.0, Quantity::value));
}

/// Two attributes, for volumes of CSI drivers only.
pub(crate) fn csi_attributes<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(csi) = object::at(value, "spec.csi") {
        let labels = [
            ("csi_mounter", object::label(csi, "volumeAttributes.mounter")),
            ("csi_map_options", object::label(csi, "volumeAttributes.mapOptions")),
        ];
        rows.push(labels, 1.0);
    }
}

/// Provisioner and policies, with the defaults of the API.
pub(crate) fn class_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let or = |path: &str, default: &'static str| {
        object::at(value, path).map_or(Cow::Borrowed(default), |_| object::label(value, path))
    };
    let labels = [
        ("provisioner", object::label(value, "provisioner")),
        ("reclaim_policy", or("reclaimPolicy", "Delete")),
        ("volume_binding_mode", or("volumeBindingMode", "Immediate")),
    ];
    rows.push(labels, 1.0);
}

/// The volume, where it is not given inline.
pub(crate) fn attachment_source<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if object::at(value, "spec.source.persistentVolumeName").is_some() {
        rows.push([("volumename", object::label(value, "spec.source.persistentVolumeName"))], 1.0);
    }
}

/// The metadata as labels, also where there is none.
pub(crate) fn attachment_metadata<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    keys(value, "status.attachmentMetadata", "metadata", &KeyPatterns::all(), rows);
}

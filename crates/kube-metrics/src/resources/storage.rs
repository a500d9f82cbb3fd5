//! Volumes, claims, classes and attachments.

use crate::family::Rule::{
    AllLabels, Annotations, Conditions, Custom, EachText, Flag, Info, Labels, States, Time,
};
use crate::family::{Resource, alpha, opt_in, stable};
use crate::resources::rules::storage::{
    attachment_metadata, attachment_source, claim_info, claim_storage, class_info, csi_attributes,
    volume_capacity, volume_claim, volume_info,
};

pub(super) const PERSISTENTVOLUMECLAIMS: Resource = Resource {
    name: "persistentvolumeclaims",
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("persistentvolumeclaim", "metadata.name")],
    families: &[
        stable("kube_persistentvolumeclaim_labels", "The allowed labels of the object, as labels.", Labels),
        alpha(
            "kube_persistentvolumeclaim_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_persistentvolumeclaim_info", "Class, volume and mode of the claim.", Custom(claim_info)),
        stable(
            "kube_persistentvolumeclaim_status_phase",
            "The phase of the claim.",
            States("status.phase", "phase", &["Lost", "Bound", "Pending"]),
        ),
        stable(
            "kube_persistentvolumeclaim_resource_requests_storage_bytes",
            "The storage that is asked for, in bytes.",
            Custom(claim_storage),
        ),
        stable(
            "kube_persistentvolumeclaim_access_mode",
            "The access modes.",
            EachText("spec.accessModes", "access_mode"),
        ),
        alpha(
            "kube_persistentvolumeclaim_status_condition",
            "The conditions of the claim.",
            Conditions("status.conditions"),
        ),
        alpha(
            "kube_persistentvolumeclaim_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_persistentvolumeclaim_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
    ],
};

pub(super) const PERSISTENTVOLUMES: Resource = Resource {
    name: "persistentvolumes",
    group: "",
    version: "v1",
    kind: "PersistentVolume",
    namespaced: false,
    default: true,
    identity: &[("persistentvolume", "metadata.name")],
    families: &[
        stable(
            "kube_persistentvolume_claim_ref",
            "The claim that the volume is bound to.",
            Custom(volume_claim),
        ),
        alpha(
            "kube_persistentvolume_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_persistentvolume_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_persistentvolume_status_phase",
            "The phase of the volume.",
            States("status.phase", "phase", &["Pending", "Available", "Bound", "Released", "Failed"]),
        ),
        stable("kube_persistentvolume_info", "Class and source of the volume.", Custom(volume_info)),
        stable(
            "kube_persistentvolume_capacity_bytes",
            "The size of the volume, in bytes.",
            Custom(volume_capacity),
        ),
        alpha(
            "kube_persistentvolume_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_persistentvolume_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        opt_in(
            "kube_persistentvolume_csi_attributes",
            "Attributes of a volume of a CSI driver.",
            Custom(csi_attributes),
        ),
        alpha(
            "kube_persistentvolume_volume_mode",
            "The mode of the volume.",
            Info(&[("volumemode", "spec.volumeMode")]),
        ),
        alpha(
            "kube_persistentvolume_access_mode",
            "The access modes.",
            EachText("spec.accessModes", "access_mode"),
        ),
    ],
};

pub(super) const STORAGECLASSES: Resource = Resource {
    name: "storageclasses",
    group: "storage.k8s.io",
    version: "v1",
    kind: "StorageClass",
    namespaced: false,
    default: true,
    identity: &[("storageclass", "metadata.name")],
    families: &[
        stable("kube_storageclass_info", "What provides the volumes, and how.", Custom(class_info)),
        stable(
            "kube_storageclass_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_storageclass_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_storageclass_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const VOLUMEATTACHMENTS: Resource = Resource {
    name: "volumeattachments",
    group: "storage.k8s.io",
    version: "v1",
    kind: "VolumeAttachment",
    namespaced: false,
    default: true,
    identity: &[("volumeattachment", "metadata.name")],
    families: &[
        alpha("kube_volumeattachment_labels", "The allowed labels of the object, as labels.", AllLabels),
        alpha(
            "kube_volumeattachment_info",
            "Who attaches, and to which node.",
            Info(&[("attacher", "spec.attacher"), ("node", "spec.nodeName")]),
        ),
        alpha(
            "kube_volumeattachment_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_volumeattachment_spec_source_persistentvolume", "The volume.", Custom(attachment_source)),
        alpha(
            "kube_volumeattachment_status_attached",
            "Whether the volume is attached.",
            Flag("status.attached"),
        ),
        alpha(
            "kube_volumeattachment_status_attachment_metadata",
            "What the attacher noted.",
            Custom(attachment_metadata),
        ),
    ],
};

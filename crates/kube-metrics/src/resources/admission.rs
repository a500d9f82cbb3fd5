//! Admission policies and webhooks.

use crate::family::Rule::{Each, EachText, Info, One, Time, Version};
use crate::family::{Resource, alpha};

pub(super) const MUTATINGADMISSIONPOLICIES: Resource = Resource {
    name: "mutatingadmissionpolicies",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicy",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("mutatingadmissionpolicy", "metadata.name")],
    families: &[
        alpha(
            "kube_mutatingadmissionpolicy_info",
            "The parameters and what happens on failure.",
            Info(&[
                ("param_api_version", "spec.paramKind.apiVersion"),
                ("param_kind", "spec.paramKind.kind"),
                ("failure_policy", "spec.failurePolicy"),
                ("reinvocation_policy", "spec.reinvocationPolicy"),
            ]),
        ),
        alpha(
            "kube_mutatingadmissionpolicy_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
    ],
};

pub(super) const MUTATINGADMISSIONPOLICYBINDINGS: Resource = Resource {
    name: "mutatingadmissionpolicybindings",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicyBinding",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("mutatingadmissionpolicybinding", "metadata.name")],
    families: &[
        alpha(
            "kube_mutatingadmissionpolicybinding_info",
            "The policy and its parameters.",
            Info(&[
                ("policy_name", "spec.policyName"),
                ("param_name", "spec.paramRef.name"),
                ("param_namespace", "spec.paramRef.namespace"),
                ("param_not_found_action", "spec.paramRef.parameterNotFoundAction"),
            ]),
        ),
        alpha(
            "kube_mutatingadmissionpolicybinding_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
    ],
};

pub(super) const MUTATINGWEBHOOKCONFIGURATIONS: Resource = Resource {
    name: "mutatingwebhookconfigurations",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingWebhookConfiguration",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("mutatingwebhookconfiguration", "metadata.name")],
    families: &[
        alpha("kube_mutatingwebhookconfiguration_info", "That the object exists.", One),
        alpha(
            "kube_mutatingwebhookconfiguration_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_mutatingwebhookconfiguration_metadata_resource_version",
            "The resource version of the object.",
            Version,
        ),
        alpha(
            "kube_mutatingwebhookconfiguration_webhook_clientconfig_service",
            "The services that are called.",
            Each(
                "webhooks",
                &[
                    ("webhook_name", "name"),
                    ("service_name", "clientConfig.service.name"),
                    ("service_namespace", "clientConfig.service.namespace"),
                ],
            ),
        ),
    ],
};

pub(super) const VALIDATINGADMISSIONPOLICIES: Resource = Resource {
    name: "validatingadmissionpolicies",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicy",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("validatingadmissionpolicy", "metadata.name")],
    families: &[
        alpha(
            "kube_validatingadmissionpolicy_info",
            "The parameters and what happens on failure.",
            Info(&[
                ("param_api_version", "spec.paramKind.apiVersion"),
                ("param_kind", "spec.paramKind.kind"),
                ("failure_policy", "spec.failurePolicy"),
            ]),
        ),
        alpha(
            "kube_validatingadmissionpolicy_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
    ],
};

pub(super) const VALIDATINGADMISSIONPOLICYBINDINGS: Resource = Resource {
    name: "validatingadmissionpolicybindings",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicyBinding",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("validatingadmissionpolicybinding", "metadata.name")],
    families: &[
        alpha(
            "kube_validatingadmissionpolicybinding_info",
            "The policy and its parameters.",
            Info(&[
                ("policy_name", "spec.policyName"),
                ("param_name", "spec.paramRef.name"),
                ("param_namespace", "spec.paramRef.namespace"),
                ("param_not_found_action", "spec.paramRef.parameterNotFoundAction"),
            ]),
        ),
        alpha(
            "kube_validatingadmissionpolicybinding_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_validatingadmissionpolicybinding_validation_action",
            "What happens where validation fails.",
            EachText("spec.validationActions", "action"),
        ),
    ],
};

pub(super) const VALIDATINGWEBHOOKCONFIGURATIONS: Resource = Resource {
    name: "validatingwebhookconfigurations",
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingWebhookConfiguration",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("validatingwebhookconfiguration", "metadata.name")],
    families: &[
        alpha("kube_validatingwebhookconfiguration_info", "That the object exists.", One),
        alpha(
            "kube_validatingwebhookconfiguration_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_validatingwebhookconfiguration_metadata_resource_version",
            "The resource version of the object.",
            Version,
        ),
        alpha(
            "kube_validatingwebhookconfiguration_webhook_clientconfig_service",
            "The services that are called.",
            Each(
                "webhooks",
                &[
                    ("webhook_name", "name"),
                    ("service_name", "clientConfig.service.name"),
                    ("service_namespace", "clientConfig.service.namespace"),
                ],
            ),
        ),
    ],
};

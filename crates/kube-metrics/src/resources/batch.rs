//! Jobs and CronJobs.

use crate::family::OwnerForm::Controlled;
use crate::family::Rule::{
    Annotations, Condition, Count, Custom, Flag, Labels, Length, Number, One, Owners, Time, Version,
};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::batch::{
    cronjob_info, job_failures, job_suspended, next_schedule, schedule_invalid,
};

pub(super) const CRONJOBS: Resource = Resource {
    name: "cronjobs",
    group: "batch",
    version: "v1",
    kind: "CronJob",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("cronjob", "metadata.name")],
    families: &[
        alpha("kube_cronjob_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_cronjob_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_cronjob_info",
            "Schedule, concurrency policy and time zone of the job.",
            Custom(cronjob_info),
        ),
        stable(
            "kube_cronjob_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_cronjob_status_active", "How many jobs run now.", Length("status.active")),
        stable(
            "kube_cronjob_status_last_schedule_time",
            "When the job was last scheduled, in seconds since 1970.",
            Time("status.lastScheduleTime"),
        ),
        stable(
            "kube_cronjob_status_last_successful_time",
            "When the job last succeeded, in seconds since 1970.",
            Time("status.lastSuccessfulTime"),
        ),
        stable("kube_cronjob_spec_suspend", "Whether further runs are suspended.", Flag("spec.suspend")),
        stable(
            "kube_cronjob_spec_starting_deadline_seconds",
            "By how much a start may be late, in seconds.",
            Number("spec.startingDeadlineSeconds"),
        ),
        stable(
            "kube_cronjob_next_schedule_time",
            "When the job is due next, in seconds since 1970.",
            Custom(next_schedule),
        ),
        alpha(
            "kube_cronjob_schedule_invalid",
            "1 where the schedule cannot be read.",
            Custom(schedule_invalid),
        ),
        stable("kube_cronjob_metadata_resource_version", "The resource version of the object.", Version),
        alpha(
            "kube_cronjob_spec_successful_job_history_limit",
            "How many successful jobs are kept.",
            Number("spec.successfulJobsHistoryLimit"),
        ),
        alpha(
            "kube_cronjob_spec_failed_job_history_limit",
            "How many failed jobs are kept.",
            Number("spec.failedJobsHistoryLimit"),
        ),
    ],
};

pub(super) const JOBS: Resource = Resource {
    name: "jobs",
    group: "batch",
    version: "v1",
    kind: "Job",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("job_name", "metadata.name")],
    families: &[
        alpha("kube_job_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_job_labels", "The allowed labels of the object, as labels.", Labels),
        stable("kube_job_info", "That the object exists.", One),
        stable(
            "kube_job_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_job_spec_parallelism", "How many pods may run at a time.", Number("spec.parallelism")),
        stable("kube_job_spec_completions", "How many pods are to succeed.", Number("spec.completions")),
        stable(
            "kube_job_spec_active_deadline_seconds",
            "How long the job may run, in seconds.",
            Number("spec.activeDeadlineSeconds"),
        ),
        stable("kube_job_status_succeeded", "How many pods succeeded.", Count("status.succeeded")),
        stable("kube_job_status_failed", "How many pods failed, and why the job did.", Custom(job_failures)),
        stable("kube_job_status_active", "How many pods run.", Count("status.active")),
        alpha("kube_job_status_ready", "How many pods are ready.", Count("status.ready")),
        stable(
            "kube_job_complete",
            "Whether the job is complete.",
            Condition("status.conditions", "Complete"),
        ),
        stable("kube_job_failed", "Whether the job has failed.", Condition("status.conditions", "Failed")),
        stable(
            "kube_job_status_start_time",
            "When the job was taken up, in seconds since 1970.",
            Time("status.startTime"),
        ),
        stable(
            "kube_job_status_completion_time",
            "When the job was complete, in seconds since 1970.",
            Time("status.completionTime"),
        ),
        alpha("kube_job_status_suspended", "Whether the job is suspended.", Custom(job_suspended)),
        stable("kube_job_owner", "The owners of the object.", Owners(Controlled)),
    ],
};

//! The shell: watches the objects that a role needs, through kube-rs, and publishes the targets that they mean.
//!
//! A watch that fails is begun anew with growing pauses; what is known stays until the server has said otherwise.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kube::Client;
use kube::api::DynamicObject;
use kube::runtime::watcher::{self, Event};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::world::{Key, MOST_OBJECTS, key};
use super::{Kind, KubernetesConfig, Made, World, trim};
use crate::discovery::Post;
use cluster::{Heard, Watcher, connect, own_namespace};

/// Objects of a list that are handed on at once: the whole list is never held.
const PART: usize = 500;
/// Changes that may wait to be taken; a watch that is faster waits.
const WAITING: usize = 64;
/// Targets are made anew at most this often; a burst of changes is one.
const PAUSE: Duration = Duration::from_millis(250);
/// After a client could not be made, it is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// What a watch saw.
enum Change {
    /// A part of a list.
    Some(Kind, Vec<Value>),
    /// The end of a list: all that there is in a namespace ("" is everywhere).
    All(Kind, String, BTreeSet<Key>),
    Set(Kind, Value),
    Gone(Kind, Value),
    Failed(String),
    /// As before.
    StillFailed,
}

/// Watches for ever.
pub(in crate::discovery) async fn follow(config: KubernetesConfig, post: Post) {
    let heard = Heard::new(post.metrics().kubernetes_heard.clone(), Some(&post.board.name));
    let client = loop {
        match connect(&config.access, heard.clone()).await {
            Ok(client) => break client,
            Err(error) => post.failed("kubernetes", &error),
        }
        tokio::time::sleep(AGAIN).await;
    };
    let namespaces = match namespaces(&config) {
        Ok(namespaces) => namespaces,
        Err(error) => return post.failed("kubernetes", &error),
    };
    let (changes, mut incoming) = mpsc::channel(WAITING);
    let mut watches = JoinSet::new();
    let kinds = config.role.kinds(config.attach);
    let mut missing = Vec::new();
    for kind in kinds {
        let places = if kind.is_namespaced() { namespaces.clone() } else { vec![String::new()] };
        for place in places {
            missing.push((kind, place.clone()));
            watches.spawn(watch(client.clone(), kind, place, settings(&config, kind), changes.clone()));
        }
    }
    drop(changes);
    let (mut world, mut made) = (World::default(), Made::default());
    let mut batch = Vec::new();
    while incoming.recv_many(&mut batch, WAITING).await > 0 {
        for change in batch.drain(..) {
            post.metrics().events(&post, 1);
            take(&mut world, &mut missing, change, &post);
        }
        let groups = world.groups(config.role, config.attach, &mut made);
        // Before every kind was listed once, targets would lack labels.
        if missing.is_empty() {
            post.metrics().view(&post, now(), world.len());
            post.publish(groups);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn take(world: &mut World, missing: &mut Vec<(Kind, String)>, change: Change, post: &Post) {
    match change {
        Change::Some(kind, objects) => {
            let left_out =
                objects.into_iter().filter_map(|object| (!world.insert(kind, object)).then_some(()));
            if left_out.count() > 0 {
                post.failed("kubernetes", &overflow(kind));
            }
        }
        Change::All(kind, place, keys) => {
            missing.retain(|awaited| *awaited != (kind, place.clone()));
            world.keep(kind, &place, &keys);
        }
        Change::Set(kind, object) => {
            if !world.insert(kind, object) {
                post.failed("kubernetes", &overflow(kind));
            }
        }
        Change::Gone(kind, object) => world.remove(kind, &object),
        Change::Failed(error) => post.failed("kubernetes", &error),
        Change::StillFailed => post.failed_again("kubernetes"),
    }
}

fn overflow(kind: Kind) -> String {
    let plural = kind.api().3;
    format!("more than {MOST_OBJECTS} objects: some {plural} are left out; name namespaces or selectors")
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// "" is every namespace.
fn namespaces(config: &KubernetesConfig) -> Result<Vec<String>, String> {
    let mut names = config.namespaces.clone();
    if config.own_namespace {
        names.push(own_namespace()?);
    }
    if names.is_empty() {
        names.push(String::new());
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn settings(config: &KubernetesConfig, kind: Kind) -> watcher::Config {
    let mut settings = watcher::Config::default();
    // A role is named as its kind.
    if let Some(selector) = config.selector(&kind.api().0.to_lowercase()) {
        if !selector.label.is_empty() {
            settings = settings.labels(&selector.label);
        }
        if !selector.field.is_empty() {
            settings = settings.fields(&selector.field);
        }
    }
    settings
}

async fn watch(
    client: Client,
    kind: Kind,
    place: String,
    settings: watcher::Config,
    changes: mpsc::Sender<Change>,
) {
    let (name, group, version, plural) = kind.api();
    let named = cluster::Kind::fixed(group, version, name, plural, kind.is_namespaced());
    let api = named.api(client, &place);
    let (mut listed, mut keys) = (Vec::new(), BTreeSet::new());
    // An outage is told once.
    let mut told: Option<String> = None;
    let mut events = Watcher::new(api, settings);
    loop {
        let mut part = None;
        let change = match events.next().await {
            Ok(Event::Init) => {
                listed.clear();
                keys.clear();
                continue;
            }
            Ok(Event::InitApply(object)) => {
                let object = kept(kind, &object);
                keys.insert(key(&object));
                listed.push(object);
                if listed.len() < PART {
                    continue;
                }
                Change::Some(kind, std::mem::take(&mut listed))
            }
            Ok(Event::InitDone) => {
                part = Some(Change::Some(kind, std::mem::take(&mut listed)));
                Change::All(kind, place.clone(), std::mem::take(&mut keys))
            }
            Ok(Event::Apply(object)) => Change::Set(kind, kept(kind, &object)),
            Ok(Event::Delete(object)) => Change::Gone(kind, kept(kind, &object)),
            Err(error) => {
                let error = cluster::Error::watching(&error, &named, &place).to_string();
                let is_known = told.as_ref() == Some(&error);
                told = Some(error.clone());
                if is_known { Change::StillFailed } else { Change::Failed(error) }
            }
        };
        if !matches!(change, Change::Failed(_) | Change::StillFailed) {
            told = None;
        }
        for change in part.into_iter().chain([change]) {
            if changes.send(change).await.is_err() {
                return;
            }
        }
    }
}

/// Only what discovery reads is kept; the rest goes at once.
fn kept(kind: Kind, object: &DynamicObject) -> Value {
    serde_json::to_value(object).map_or(Value::Null, |object| trim(kind, &object))
}

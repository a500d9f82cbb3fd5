//! The process' own metrics: counters, gauges and histograms, rendered as exposition text 0.0.4.
//!
//! A registry is made by the binary and passed down; each crate has a `Metrics` struct whose constructor
//! registers its families. Nothing is global. Updating a metric is one atomic operation.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A monotonic count.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

/// A value that goes up and down.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

/// Counts of observations by upper bound, their sum and number.
#[derive(Clone, Debug)]
pub struct Histogram(Arc<HistogramCells>);

#[derive(Debug)]
struct HistogramCells {
    bounds: Vec<f64>,
    counts: Vec<AtomicU64>,
    sum: Gauge,
}

/// Metrics of one name that differ in label values.
#[derive(Clone, Debug)]
pub struct Family<M> {
    members: Arc<Mutex<BTreeMap<Vec<String>, M>>>,
    label_names: &'static [&'static str],
    make: M,
    fresh: fn(&M) -> M,
}

/// Counters by label values.
pub type CounterFamily = Family<Counter>;
/// Gauges by label values.
pub type GaugeFamily = Family<Gauge>;
/// Histograms by label values.
pub type HistogramFamily = Family<Histogram>;

/// All metrics of the process; clones share them.
#[derive(Clone, Default)]
pub struct Registry {
    sources: Arc<Mutex<Vec<Source>>>,
}

type Render = Box<dyn Fn(&mut String) + Send + Sync>;

struct Source {
    name: String,
    help: String,
    kind: &'static str,
    render: Render,
}

// === impl Counter ===

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

// === impl Gauge ===

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// Adds to the value; a negative amount subtracts.
    pub fn add(&self, amount: f64) {
        let update = |bits: u64| Some((f64::from_bits(bits) + amount).to_bits());
        // The closure always gives a value, so the update cannot fail.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
    }

    /// The value.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

// === impl Histogram ===

impl Histogram {
    /// A histogram with these upper bounds, ascending; `+Inf` is added.
    pub fn new(bounds: &[f64]) -> Histogram {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Histogram(Arc::new(HistogramCells { bounds: bounds.to_vec(), counts, sum: Gauge::default() }))
    }

    /// Counts an observation.
    pub fn observe(&self, value: f64) {
        let index = self.0.bounds.partition_point(|bound| *bound < value);
        self.0.counts[index].fetch_add(1, Ordering::Relaxed);
        self.0.sum.add(value);
    }

    /// How many observations there were.
    pub fn count(&self) -> u64 {
        self.0.counts.iter().map(|c| c.load(Ordering::Relaxed)).sum()
    }

    /// The sum of all observations.
    pub fn sum(&self) -> f64 {
        self.0.sum.get()
    }

    fn render(&self, out: &mut String, name: &str, labels: &str) {
        let comma = if labels.is_empty() { "" } else { "," };
        let mut cumulative = 0;
        for (i, count) in self.0.counts.iter().enumerate() {
            cumulative += count.load(Ordering::Relaxed);
            let bound = self.0.bounds.get(i).map_or("+Inf".to_owned(), ToString::to_string);
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {cumulative}");
        }
        let braces = braced(labels);
        let _ = writeln!(out, "{name}_sum{braces} {}", self.sum());
        let _ = writeln!(out, "{name}_count{braces} {cumulative}");
    }
}

// === impl Family ===

impl<M: Clone> Family<M> {
    /// The member with these label values, made if it is new. Values stand in the order of the label names.
    pub fn with(&self, values: &[&str]) -> M {
        debug_assert_eq!(values.len(), self.label_names.len(), "one value per label name");
        let key: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.entry(key).or_insert_with(|| (self.fresh)(&self.make)).clone()
    }

    /// Removes the member with these label values.
    pub fn remove(&self, values: &[&str]) {
        let key: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        self.members.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    /// Removes all members.
    pub fn clear(&self) {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn each(&self, mut visit: impl FnMut(&str, &M)) {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        for (values, member) in members.iter() {
            let pairs: Vec<String> = self
                .label_names
                .iter()
                .zip(values)
                .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
                .collect();
            visit(&pairs.join(","), member);
        }
    }
}

// === impl Registry ===

impl Registry {
    /// An empty registry.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// Registers one counter; its name ends in `_total`.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        let (shown, owned) = (counter.clone(), name.to_owned());
        self.add(name, help, "counter", Box::new(move |out| line(out, &owned, "", shown.get())));
        counter
    }

    /// Registers one gauge.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        let (shown, owned) = (gauge.clone(), name.to_owned());
        self.add(name, help, "gauge", Box::new(move |out| line(out, &owned, "", shown.get())));
        gauge
    }

    /// Registers a gauge whose value is asked for at each scrape.
    pub fn gauge_fn(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        let owned = name.to_owned();
        self.add(name, help, "gauge", Box::new(move |out| line(out, &owned, "", value())));
    }

    /// Registers a counter whose value is asked for at each scrape.
    pub fn counter_fn(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        let owned = name.to_owned();
        self.add(name, help, "counter", Box::new(move |out| line(out, &owned, "", value())));
    }

    /// Registers one histogram.
    pub fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        let histogram = Histogram::new(bounds);
        let (shown, owned) = (histogram.clone(), name.to_owned());
        self.add(name, help, "histogram", Box::new(move |out| shown.render(out, &owned, "")));
        histogram
    }

    /// Registers counters by labels.
    pub fn counters(&self, name: &str, help: &str, labels: &'static [&'static str]) -> CounterFamily {
        let family = family(labels, Counter::default(), |_| Counter::default());
        let (shown, owned) = (family.clone(), name.to_owned());
        let render = move |out: &mut String| shown.each(|labels, m| line(out, &owned, labels, m.get()));
        self.add(name, help, "counter", Box::new(render));
        family
    }

    /// Registers gauges by labels.
    pub fn gauges(&self, name: &str, help: &str, labels: &'static [&'static str]) -> GaugeFamily {
        let family = family(labels, Gauge::default(), |_| Gauge::default());
        let (shown, owned) = (family.clone(), name.to_owned());
        let render = move |out: &mut String| shown.each(|labels, m| line(out, &owned, labels, m.get()));
        self.add(name, help, "gauge", Box::new(render));
        family
    }

    /// Registers histograms by labels.
    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &'static [&'static str],
        bounds: &[f64],
    ) -> HistogramFamily {
        let family = family(labels, Histogram::new(bounds), |like| Histogram::new(&like.0.bounds));
        let (shown, owned) = (family.clone(), name.to_owned());
        let render = move |out: &mut String| shown.each(|labels, m| m.render(out, &owned, labels));
        self.add(name, help, "histogram", Box::new(render));
        family
    }

    /// All metrics as exposition text 0.0.4, families sorted by name.
    pub fn render(&self) -> String {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        let mut out = String::with_capacity(sources.len() * 160);
        for source in sources.iter() {
            let _ = writeln!(out, "# HELP {} {}", source.name, source.help);
            let _ = writeln!(out, "# TYPE {} {}", source.name, source.kind);
            (source.render)(&mut out);
        }
        out
    }

    fn add(&self, name: &str, help: &str, kind: &'static str, render: Render) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        debug_assert!(!sources.iter().any(|s| s.name == name), "{name} is registered twice");
        sources.push(Source { name: name.to_owned(), help: help.to_owned(), kind, render });
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}

fn family<M>(label_names: &'static [&'static str], make: M, fresh: fn(&M) -> M) -> Family<M> {
    Family { members: Arc::default(), label_names, make, fresh }
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "{name}{} {value}", braced(labels));
}

fn braced(labels: &str) -> String {
    if labels.is_empty() { String::new() } else { format!("{{{labels}}}") }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_families_sorted_and_escaped() {
        let registry = Registry::new();
        registry.gauge("b", "B.").set(1.5);
        registry.counters("a_total", "A.", &["x"]).with(&["q\"\n"]).add(2);
        let histogram = registry.histogram("h_seconds", "H.", &[0.1, 1.0]);
        histogram.observe(0.1);
        histogram.observe(5.0);
        let expected = "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"q\\\"\\n\"} 2\n\
            # HELP b B.\n# TYPE b gauge\nb 1.5\n# HELP h_seconds H.\n# TYPE h_seconds histogram\n\
            h_seconds_bucket{le=\"0.1\"} 1\nh_seconds_bucket{le=\"1\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\n\
            h_seconds_sum 5.1\nh_seconds_count 2\n";
        assert_eq!(registry.render(), expected);
    }
}

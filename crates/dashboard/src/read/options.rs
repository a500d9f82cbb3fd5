//! What is particular to each panel type.

use crate::api::{
    BarGaugeOptions, BarMode, ColorBy, Footer, GaugeOptions, GraphMode, Justify, Legend, LegendMode,
    Orientation, PanelKind, PanelOptions, Placement, ReduceOptions, Reducer, SortColumn, StatOptions,
    TableOptions, TextFormat, TextMode, TextOptions, TimeseriesOptions, Tooltip, TooltipMode, TooltipSort,
    ValueMode,
};
use crate::cursor::Cursor;

/// Reducers and columns that are read of one list.
const LIST_MAX: usize = 100;

/// Reads the options of a panel of this kind.
pub(super) fn read_options(options: &Cursor<'_>, kind: PanelKind) -> PanelOptions {
    match kind {
        PanelKind::Timeseries => PanelOptions::Timeseries(TimeseriesOptions {
            legend: read_legend(&options.get("legend")),
            tooltip: read_tooltip(options),
        }),
        PanelKind::Stat => PanelOptions::Stat(read_stat(options)),
        PanelKind::Gauge => PanelOptions::Gauge(GaugeOptions {
            reduce: read_reduce(&options.get("reduceOptions")),
            show_threshold_labels: options.get("showThresholdLabels").is_true(),
            show_threshold_markers: options.get("showThresholdMarkers").truth().unwrap_or(true),
            orientation: read_orientation(options),
        }),
        PanelKind::BarGauge => PanelOptions::BarGauge(BarGaugeOptions {
            reduce: read_reduce(&options.get("reduceOptions")),
            orientation: read_orientation(options),
            display_mode: options.get("displayMode").word(BarMode::WORDS).unwrap_or(BarMode::Gradient),
            show_unfilled: options.get("showUnfilled").truth().unwrap_or(true),
            value_mode: options.get("valueMode").word(ValueMode::WORDS).unwrap_or(ValueMode::Color),
        }),
        PanelKind::Table => PanelOptions::Table(read_table(options)),
        PanelKind::Text => PanelOptions::Text(TextOptions {
            mode: options.get("mode").word(TextFormat::WORDS).unwrap_or(TextFormat::Markdown),
            content: options.get("content").text_or_empty(),
        }),
        PanelKind::Row | PanelKind::Logs | PanelKind::Unsupported => PanelOptions::None {},
    }
}

/// Reads reducers by their ids; those that are unknown are noted.
pub(super) fn read_reducers(list: &Cursor<'_>) -> Vec<Reducer> {
    let names = list.texts(LIST_MAX);
    let read = |name: String| {
        let known = match name.as_str() {
            "avg" => Some(Reducer::Mean),
            "current" => Some(Reducer::LastNotNull),
            "total" => Some(Reducer::Sum),
            name => Reducer::from_word(name),
        };
        if known.is_none() {
            list.note(format!("calculation \"{}\" is not supported: ignored", crate::cursor::shorten(&name)));
        }
        known
    };
    names.into_iter().filter_map(read).collect()
}

fn read_reduce(reduce: &Cursor<'_>) -> ReduceOptions {
    let mut calcs = read_reducers(&reduce.get("calcs"));
    if calcs.is_empty() {
        calcs.push(Reducer::LastNotNull);
    }
    ReduceOptions {
        calcs,
        fields: reduce.get("fields").text_or_empty(),
        values: reduce.get("values").is_true(),
        limit: reduce.get("limit").number(),
    }
}

fn read_orientation(options: &Cursor<'_>) -> Orientation {
    options.get("orientation").word(Orientation::WORDS).unwrap_or(Orientation::Auto)
}

fn read_legend(legend: &Cursor<'_>) -> Legend {
    let shown = legend.get("showLegend").truth().or_else(|| legend.get("isVisible").truth());
    Legend {
        show: shown.unwrap_or(true),
        mode: legend.get("displayMode").word(LegendMode::WORDS).unwrap_or(LegendMode::List),
        placement: legend.get("placement").word(Placement::WORDS).unwrap_or(Placement::Bottom),
        calcs: read_reducers(&legend.get("calcs")),
        hide_empty: legend.get("hideEmpty").is_true(),
        hide_zero: legend.get("hideZero").is_true(),
        sort_by: legend.get("sortBy").text_or_empty(),
        sort_desc: legend.get("sortDesc").is_true(),
    }
}

fn read_tooltip(options: &Cursor<'_>) -> Tooltip {
    let tooltip = match options.get("tooltip") {
        tooltip if tooltip.is_null() => options.get("tooltipOptions"),
        tooltip => tooltip,
    };
    Tooltip {
        mode: tooltip.get("mode").word(TooltipMode::WORDS).unwrap_or(TooltipMode::Single),
        sort: tooltip.get("sort").word(TooltipSort::WORDS).unwrap_or(TooltipSort::None),
    }
}

fn read_stat(options: &Cursor<'_>) -> StatOptions {
    const COLORS: &[(&str, ColorBy)] = &[
        ("none", ColorBy::None),
        ("value", ColorBy::Value),
        ("background", ColorBy::Background),
        ("background_solid", ColorBy::Background),
    ];
    const GRAPHS: &[(&str, GraphMode)] =
        &[("none", GraphMode::None), ("area", GraphMode::Area), ("line", GraphMode::Area)];
    StatOptions {
        reduce: read_reduce(&options.get("reduceOptions")),
        color_mode: options.get("colorMode").word(COLORS).unwrap_or(ColorBy::Value),
        graph_mode: options.get("graphMode").word(GRAPHS).unwrap_or(GraphMode::Area),
        text_mode: options.get("textMode").word(TextMode::WORDS).unwrap_or(TextMode::Auto),
        justify: options.get("justifyMode").word(Justify::WORDS).unwrap_or(Justify::Auto),
        orientation: read_orientation(options),
    }
}

fn read_table(options: &Cursor<'_>) -> TableOptions {
    let column = |item: &Cursor<'_>| {
        let field = item.get("displayName").text().filter(|name| !name.is_empty())?;
        Some(SortColumn { field, desc: item.get("desc").is_true() })
    };
    let footer = options.get("footer");
    TableOptions {
        show_header: options.get("showHeader").truth().unwrap_or(true),
        sort_by: options.get("sortBy").items(LIST_MAX).iter().filter_map(column).collect(),
        footer: Footer {
            show: footer.get("show").is_true(),
            reducers: read_reducers(&footer.get("reducer")),
            fields: footer
                .get("fields")
                .texts(LIST_MAX)
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect(),
        },
    }
}

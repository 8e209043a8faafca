//! What was measured, as a table in Markdown.

/// Rows by section.
pub struct Table {
    rows: Vec<Row>,
}

enum Row {
    Section(String),
    Figure(String, String),
}

impl Table {
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Begins a section, and says so at once: a run takes minutes.
    pub fn section(&mut self, name: &str) {
        eprintln!("-- {name}");
        self.rows.push(Row::Section(name.to_owned()));
    }

    pub fn figure(&mut self, name: &str, value: f64, unit: &str) {
        let digits = if value.abs() >= 100.0 {
            0
        } else if value.abs() >= 10.0 {
            1
        } else {
            2
        };
        self.text(name, format!("{value:.digits$} {unit}").trim_end());
    }

    pub fn ratio(&mut self, name: &str, value: f64, limit: f64) {
        self.text(name, &format!("{:.0} %", 100.0 * value / limit));
    }

    pub fn text(&mut self, name: &str, value: &str) {
        eprintln!("   {name}: {value}");
        self.rows.push(Row::Figure(name.to_owned(), value.to_owned()));
    }

    /// What the figures were measured on, and who else was at it.
    pub fn machine(&mut self) {
        self.section("Machine");
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown", |name| name.trim_start_matches([' ', '\t', ':']));
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        self.text("processor", &format!("{cores} × {model}"));
        let load = read("/proc/loadavg");
        self.text("load before", load.split(' ').next().unwrap_or_default());
    }

    pub fn print(&self) {
        for row in &self.rows {
            match row {
                Row::Section(name) => println!("\n### {name}\n\n| | |\n| --- | --- |"),
                Row::Figure(name, value) => println!("| {name} | {value} |"),
            }
        }
    }
}

/// The value below which so many of a hundred lie. Sorts.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * percent / 100.0).round() as usize).copied().unwrap_or(f64::NAN)
}

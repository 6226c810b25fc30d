//! The face for a terminal.
use crate::report::{Head, Line, Section, Table, Tone};
use unicode_width::UnicodeWidthChar;

/// No terminal is taken to be narrower; the longest title fits.
pub(crate) const LEAST: usize = 32;
/// Before every line but titles.
const INDENT: usize = 2;
/// Between columns.
const GAP: usize = 2;
/// A column of text is made narrower than its longest word only if that is longer than this: an IPv4 address with a port.
const LONG_WORD: usize = 21;

/// Columns that the text takes, each character by itself, as terminals count.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

/// Writes the sections, no line wider than `width`.
pub(crate) fn render(sections: &[Section], width: usize, colour: bool) -> String {
    let mut page = Page { out: String::new(), width: width.max(LEAST), colour };
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            page.out.push('\n');
        }
        page.styled(&section.title, "1");
        page.out.push('\n');
        for (note, tone) in &section.notes {
            page.paragraph(note, *tone);
        }
        if let Some(table) = &section.table {
            page.table(table);
        }
        if let Some(more) = &section.more {
            page.paragraph(more, Tone::Faint);
        }
    }
    page.out
}

fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "32",
        Tone::Warning => "33",
        Tone::Faint => "2",
    }
}

impl Page {
    fn styled(&mut self, text: &str, code: &str) {
        if self.colour && !code.is_empty() {
            self.out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
        } else {
            self.out.push_str(text);
        }
    }

    fn line(&mut self, text: &str, code: &str) {
        self.out.extend(std::iter::repeat_n(' ', INDENT));
        self.styled(text.trim_end(), code);
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str, tone: Tone) {
        for part in wrap(text, self.width - INDENT) {
            self.line(&part, code(tone));
        }
    }

    fn table(&mut self, table: &Table) {
        let Some(widths) = fit(table, self.width - INDENT) else { return self.cards(table) };
        let titles = table.heads.iter().map(|head| head.title);
        self.row(&table.heads, titles, &widths, "4");
        for line in &table.lines {
            self.row(&table.heads, line.cells.iter().map(String::as_str), &widths, code(line.tone));
        }
    }

    fn row<'a>(
        &mut self,
        heads: &[Head],
        cells: impl Iterator<Item = &'a str>,
        widths: &[usize],
        code: &str,
    ) {
        let cells: Vec<Vec<String>> = cells.zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for index in 0..height {
            let mut text = String::new();
            for ((cell, head), width) in cells.iter().zip(heads).zip(widths) {
                let part = cell.get(index).map_or("", String::as_str);
                let space = std::iter::repeat_n(' ', width.saturating_sub(columns(part)));
                if !text.is_empty() {
                    text.extend(std::iter::repeat_n(' ', GAP));
                }
                if head.number {
                    text.extend(space);
                    text.push_str(part);
                } else {
                    text.push_str(part);
                    text.extend(space);
                }
            }
            self.line(&text, code);
        }
    }

    /// A table that is too wide: each line as a list of its cells.
    fn cards(&mut self, table: &Table) {
        for (index, Line { cells, tone }) in table.lines.iter().enumerate() {
            if index > 0 {
                self.out.push('\n');
            }
            for (head, cell) in table.heads.iter().zip(cells) {
                self.paragraph(&format!("{}: {cell}", head.title), *tone);
            }
        }
    }
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(columns).max().unwrap_or_default()
}

/// The widths of the columns, if the table can be made to fit.
fn fit(table: &Table, width: usize) -> Option<Vec<usize>> {
    let (mut widths, mut least) = (Vec::new(), Vec::new());
    for (index, head) in table.heads.iter().enumerate() {
        let cells = || table.lines.iter().filter_map(|line| line.cells.get(index));
        let widest = cells().map(|cell| columns(cell)).max().unwrap_or_default();
        let word = cells().map(|cell| longest_word(cell)).max().unwrap_or_default();
        widths.push(widest.max(columns(head.title)));
        least.push(longest_word(head.title).max(if head.number { widest } else { word.min(LONG_WORD) }));
    }
    let room = width.checked_sub(GAP * widths.len().saturating_sub(1))?;
    while widths.iter().sum::<usize>() > room {
        let shrinkable = widths.iter_mut().zip(&least).filter(|(width, least)| **width > **least);
        let (widest, _) = shrinkable.max_by_key(|(width, _)| **width)?;
        *widest -= 1;
    }
    Some(widths)
}

/// Breaks text into lines of this width at most: at spaces, or within a word that is too long.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut filled) = (Vec::new(), String::new(), 0);
    for word in text.split(' ') {
        let long = columns(word);
        if filled > 0 && filled + 1 + long > width {
            lines.push(std::mem::take(&mut line));
            filled = 0;
        } else if filled > 0 {
            line.push(' ');
            filled += 1;
        }
        if long <= width {
            line.push_str(word);
            filled += long;
            continue;
        }
        for c in word.chars() {
            let one = c.width().unwrap_or_default();
            if filled > 0 && filled + one > width {
                lines.push(std::mem::take(&mut line));
                filled = 0;
            }
            line.push(c);
            filled += one;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_long_words_within() {
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        // East Asian wide characters take two columns (Unicode Standard Annex 11).
        assert_eq!(wrap("\u{6f22}\u{5b57}\u{6f22}", 4), ["\u{6f22}\u{5b57}", "\u{6f22}"]);
    }

    #[test]
    fn columns_shrink_to_the_width_and_a_table_that_cannot_fit_is_listed() {
        let heads = vec![Head { title: "name", number: false }, Head { title: "count", number: true }];
        let cells = vec!["a very long name of something".into(), "1,234,567".into()];
        let table = Table { heads, lines: vec![Line { cells, tone: Tone::Plain }] };
        assert_eq!(fit(&table, 100), Some(vec![29, 9]));
        assert_eq!(fit(&table, 30), Some(vec![19, 9]));
        assert_eq!(fit(&table, 18), None);
        let cells = vec!["a very long name of something".into(), "18,446,744,073,709,551,615".into()];
        let table = Table { lines: vec![Line { cells, tone: Tone::Plain }], ..table };
        let section = Section { title: "T".into(), notes: Vec::new(), table: Some(table), more: None };
        let shown = render(&[section], 0, false);
        assert_eq!(
            shown,
            "T\n  name: a very long name of\n  something\n  count:\n  18,446,744,073,709,551,615\n"
        );
    }
}

//! The face for a notebook.
use crate::report::{Section, Table, Tone};

/// Writes the sections as HTML without scripts or styles of others.
pub(crate) fn render(sections: &[Section]) -> String {
    let mut out = String::from("<div class=\"fieldtap-summary\">\n");
    for section in sections {
        out.push_str("<h4>");
        escape(&mut out, &section.title);
        out.push_str("</h4>\n");
        for (note, tone) in &section.notes {
            paragraph(&mut out, note, *tone);
        }
        if let Some(table) = &section.table {
            write_table(&mut out, table);
        }
        if let Some(more) = &section.more {
            paragraph(&mut out, more, Tone::Faint);
        }
    }
    out.push_str("</div>\n");
    out
}

fn paragraph(out: &mut String, text: &str, tone: Tone) {
    out.push_str("<p");
    style(out, tone);
    out.push('>');
    escape(out, text);
    out.push_str("</p>\n");
}

fn write_table(out: &mut String, table: &Table) {
    out.push_str("<table>\n<thead><tr>");
    for head in &table.heads {
        out.push_str("<th");
        align(out, head.number);
        escape(out, head.title);
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for line in &table.lines {
        out.push_str("<tr");
        style(out, line.tone);
        out.push('>');
        for (cell, head) in line.cells.iter().zip(&table.heads) {
            out.push_str("<td");
            align(out, head.number);
            escape(out, cell);
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn align(out: &mut String, number: bool) {
    out.push_str(if number { " style=\"text-align:right\">" } else { " style=\"text-align:left\">" });
}

fn style(out: &mut String, tone: Tone) {
    out.push_str(match tone {
        Tone::Plain => "",
        Tone::Good => " style=\"color:#1a7f37\"",
        Tone::Warning => " style=\"color:#9a6700\"",
        Tone::Faint => " style=\"opacity:0.6\"",
    });
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Notebooks take what stands between these for mathematics.
            '$' => out.push_str("&#36;"),
            c => out.push(c),
        }
    }
}

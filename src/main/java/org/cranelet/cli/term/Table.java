package org.cranelet.cli.term;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;

/** A table as docker prints them: upper-case heads, columns aligned, wide characters counted so. */
public final class Table {
  private static final int GAP = 3;

  private final List<String[]> rows = new ArrayList<>();
  private final int columns;

  public Table(String... heads) {
    columns = heads.length;
    rows.add(heads);
  }

  public void row(String... cells) {
    rows.add(cells);
  }

  @Override
  public String toString() {
    Column[] layout = new Column[columns];
    for (int c = 0; c < columns; c++) {
      int width = 1;
      for (String[] row : rows) {
        width = Math.max(width, Ansi.OFF.new Text(plain(row[c])).getCJKAdjustedLength());
      }
      layout[c] = new Column(width + GAP, 0, Column.Overflow.SPAN);
    }
    TextTable table = TextTable.forColumns(Help.defaultColorScheme(Ansi.OFF), layout);
    table.setAdjustLineBreaksForWideCJKCharacters(true);
    for (String[] row : rows) {
      Ansi.Text[] cells = new Ansi.Text[columns];
      for (int c = 0; c < columns; c++) {
        cells[c] = Ansi.OFF.new Text(plain(row[c]));
      }
      table.addRowValues(cells);
    }
    return table
        .toString()
        .lines()
        .map(String::stripTrailing)
        .reduce("", (all, line) -> all + line + "\n");
  }

  /** One line a cell, and nothing that a terminal would obey. */
  private static String plain(String cell) {
    return cell.replaceAll("\\p{Cntrl}", " ");
  }
}

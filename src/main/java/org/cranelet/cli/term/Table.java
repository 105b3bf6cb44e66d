package org.cranelet.cli.term;

import java.util.ArrayList;
import java.util.List;

/** A table as docker prints them: upper-case heads, columns aligned, wide characters counted so. */
public final class Table {
  private static final int GAP = 3;

  private final List<String[]> rows = new ArrayList<>();

  public Table(String... heads) {
    row(heads);
  }

  public void row(String... cells) {
    String[] row = new String[cells.length];
    for (int c = 0; c < cells.length; c++) {
      row[c] = Words.plain(cells[c]);
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int c = 0; c < row.length; c++) {
        widths[c] = Math.max(widths[c], Words.width(row[c]));
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < row.length; c++) {
        line.append(row[c]).repeat(' ', widths[c] - Words.width(row[c]) + GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}

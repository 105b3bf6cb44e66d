package org.cranelet.cli.term;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

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
      row[c] = plain(cells[c]);
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int c = 0; c < row.length; c++) {
        widths[c] = Math.max(widths[c], width(row[c]));
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < row.length; c++) {
        line.append(row[c]).repeat(' ', widths[c] - width(row[c]) + GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** How many columns of a terminal a text takes. */
  static int width(String text) {
    return text.codePoints().map(c -> Math.max(0, WCWidth.wcwidth(c))).sum();
  }

  /** One line a cell, and nothing that a terminal would obey. */
  private static String plain(String cell) {
    return cell.replaceAll("[\\p{Cc}\\p{Cf}]", " ");
  }
}

package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** In which form results are written, and how wide. */
final class Output {
  /** A form of results. */
  enum Format {
    /**
     * For people: aligned, cut to the width of the terminal, records one below another if narrow.
     */
    TABLE,
    /** One JSON document: an array of objects, or one object. */
    JSON,
    /** One JSON object a line, written as it is found. */
    NDJSON,
    /** RFC 4180, with a header line. */
    CSV
  }

  /** Whether colours are used. */
  enum Colors {
    /** If standard output is a terminal, and NO_COLOR is not set, or empty. */
    AUTO,
    /** Always. */
    ALWAYS,
    /** Never. */
    NEVER
  }

  @Option(
      names = "--output",
      paramLabel = "FORM",
      description = "table (default), json, ndjson or csv; the names of fields are stable.")
  private Format format = Format.TABLE;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      description = "auto (default), always or never; auto heeds NO_COLOR.")
  private Colors colors = Colors.AUTO;

  @Option(
      names = "--width",
      paramLabel = "COLUMNS",
      converter = AtLeast.Twenty.class,
      description =
          "Default: the environment variable COLUMNS, or the terminal; no end if neither is there.")
  private @Nullable Integer width;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  Output() {}

  /** The form that was asked for. */
  Format format() {
    return format;
  }

  /** Whether results are for people, who may be told more beside them. */
  boolean isTable() {
    return format == Format.TABLE;
  }

  /** How many characters a line of a table may have. */
  int width() {
    Integer columns = width == null ? Terminal.columns() : width;
    return columns == null ? Integer.MAX_VALUE : columns;
  }

  /** Where results go. */
  PrintWriter out() {
    return requireNonNull(spec).commandLine().getOut();
  }

  /** Where notes for people go that are no results. */
  PrintWriter err() {
    return requireNonNull(spec).commandLine().getErr();
  }

  /**
   * Results of one kind, written one after another.
   *
   * @param columns what each of them has, in order
   * @return to be closed, which writes what is kept back
   */
  Rows rows(List<Column> columns) {
    return switch (format) {
      case TABLE -> new Table(columns, out(), width(), style());
      case JSON -> new JsonRows(columns, out(), true);
      case NDJSON -> new JsonRows(columns, out(), false);
      case CSV -> new CsvRows(columns, out());
    };
  }

  /** Colours, or none. */
  Style style() {
    boolean coloured =
        switch (colors) {
          case ALWAYS -> true;
          case NEVER -> false;
          case AUTO -> Terminal.isThere() && !Terminal.isWithoutColour();
        };
    return coloured ? Style.ANSI : Style.PLAIN;
  }
}

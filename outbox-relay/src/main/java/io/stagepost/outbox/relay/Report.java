package io.stagepost.outbox.relay;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** In which form results are written to standard output. */
final class Report {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** A form. */
  enum Format {
    /** name=value, for people. */
    TEXT,
    /** An object a line. */
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "text",
      description = "text (default) or json, an object a line; the names of fields are stable.")
  private Format format = Format.TEXT;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  Report() {}

  boolean isJson() {
    return format == Format.JSON;
  }

  /** Writes a line, at once. */
  void line(Map<String, Object> fields) {
    println(
        isJson()
            ? JSON.writeValueAsString(fields)
            : fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining(" ")));
  }

  /** Writes a line of text, at once. */
  void println(String text) {
    PrintWriter out = requireNonNull(spec).commandLine().getOut();
    out.println(text);
    out.flush();
  }
}

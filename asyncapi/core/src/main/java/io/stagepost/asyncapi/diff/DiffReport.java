package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Comparisons as text, for people and for other programs. */
public final class DiffReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private DiffReport() {}

  /** How a report is written. */
  public enum Format {
    /** A line for each change, then one for each comparison. */
    TEXT,
    /** A JSON object with an array {@code comparisons}. */
    JSON,
    /** SARIF 2.1.0, for code scanning; at the places in the newer contracts. */
    SARIF,
    /** JUnit XML: a test case for each change. */
    JUNIT,
    /** Workflow commands that GitHub shows beside the changed lines. */
    GITHUB,
    /** A changelog in Markdown. */
    MARKDOWN
  }

  /**
   * A comparison.
   *
   * @param older the older contract, as people know it
   * @param newer the newer contract's file
   * @param title the contract's title; empty if it was not understood
   * @param versions from which version to which; empty if one was not understood
   * @param diff what changed; null if they could not be compared
   * @param findings what else there is to say, such as that one of them is not valid
   */
  public record Compared(
      String older,
      String newer,
      String title,
      String versions,
      @Nullable ContractDiff diff,
      List<Finding> findings) {
    /**
     * A comparison; it keeps a copy of the findings.
     *
     * @param older the older contract, as people know it
     * @param newer the newer contract's file
     * @param title the contract's title; empty if it was not understood
     * @param versions from which version to which; empty if one was not understood
     * @param diff what changed; null if they could not be compared
     * @param findings what else there is to say
     */
    public Compared {
      findings = List.copyOf(findings);
    }

    /**
     * Two contracts that were compared.
     *
     * @param name the older contract, as people know it
     * @param older the older contract
     * @param newer the newer contract
     * @param diff what changed
     * @param findings what else there is to say
     * @return the comparison
     */
    public static Compared of(
        String name, Contract older, Contract newer, ContractDiff diff, List<Finding> findings) {
      return new Compared(
          name,
          newer.file(),
          newer.title(),
          older.version() + " to " + newer.version(),
          diff,
          findings);
    }

    /**
     * All findings, the changes among them.
     *
     * @return sorted
     */
    public List<Finding> all() {
      List<Finding> all = new ArrayList<>(findings);
      if (diff != null) {
        diff.changes().forEach(change -> all.add(change.finding()));
      }
      return all.stream().distinct().sorted().toList();
    }
  }

  /**
   * Writes a report.
   *
   * @param format how
   * @param compared the comparisons
   * @return the report, ending with a line's end
   */
  public static String of(Format format, List<Compared> compared) {
    return switch (format) {
      case TEXT -> text(compared);
      case JSON -> json(compared);
      case SARIF -> found(Report.Format.SARIF, compared);
      case JUNIT -> found(Report.Format.JUNIT, compared);
      case GITHUB -> found(Report.Format.GITHUB, compared);
      case MARKDOWN -> markdown(compared);
    };
  }

  private static String found(Report.Format format, List<Compared> compared) {
    return Report.of(
        format,
        compared.stream().map(Compared::newer).distinct().toList(),
        compared.stream().flatMap(each -> each.all().stream()).distinct().sorted().toList());
  }

  private static String text(List<Compared> compared) {
    StringBuilder text = new StringBuilder(found(Report.Format.TEXT, compared));
    for (Compared each : compared) {
      ContractDiff diff = each.diff();
      text.append(line(each.newer()))
          .append(", compared with ")
          .append(line(each.older()))
          .append(": ")
          .append(diff == null ? "not compared" : line(summary(each, diff)))
          .append('\n');
    }
    return text.toString();
  }

  private static String summary(Compared compared, ContractDiff diff) {
    return compared.versions()
        + ", needs "
        + (diff.required() == Bump.NONE ? "no new version" : diff.required())
        + ", has "
        + (diff.made() == null ? "none that can be compared" : diff.made());
  }

  private static String json(List<Compared> compared) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode comparisons = root.putArray("comparisons");
    for (Compared each : compared) {
      ObjectNode one =
          comparisons
              .addObject()
              .put("older", each.older())
              .put("newer", each.newer())
              .put("title", each.title());
      ContractDiff diff = each.diff();
      if (diff != null) {
        one.put("required", diff.required().toString());
        one.put("made", diff.made() == null ? null : diff.made().toString());
        ArrayNode changes = one.putArray("changes");
        diff.changes().forEach(change -> json(changes.addObject(), change));
      }
      String findings = Report.of(Report.Format.JSON, List.of(), each.findings());
      one.set("findings", JSON.readTree(findings).get("findings"));
    }
    return JSON.writeValueAsString(root) + "\n";
  }

  private static void json(ObjectNode object, Change change) {
    object
        .put("ruleId", change.ruleId())
        .put("severity", change.severity().toString())
        .put("kind", change.kind().toString())
        .put("publishers", change.publishers().toString())
        .put("subscribers", change.subscribers().toString())
        .put("bump", change.bump().toString())
        .put("subject", change.subject());
    place(object, "older", change.older());
    place(object, "newer", change.newer());
    object.put("what", change.what()).put("remedy", change.remedy()).put("note", change.note());
  }

  private static void place(ObjectNode object, String name, Change.@Nullable Where where) {
    if (where == null) {
      object.putNull(name);
    } else {
      object
          .putObject(name)
          .put("file", where.file())
          .put("line", where.line())
          .put("column", where.column())
          .put("pointer", where.pointer());
    }
  }

  private static String markdown(List<Compared> compared) {
    StringBuilder text = new StringBuilder();
    for (Compared each : compared) {
      if (text.length() > 0) {
        text.append('\n');
      }
      text.append("## ").append(escaped(each.title().isEmpty() ? each.newer() : each.title()));
      ContractDiff diff = each.diff();
      if (diff == null) {
        text.append("\n\nNot compared with ").append(escaped(each.older())).append(".\n");
      } else {
        text.append(": ").append(escaped(each.versions())).append("\n\n");
        text.append("Compared with ")
            .append(escaped(each.older()))
            .append(". These changes need ")
            .append(
                diff.required() == Bump.NONE
                    ? "no new version.\n"
                    : "a **" + diff.required() + "** version.\n");
        sections(text, diff);
      }
      if (!each.findings().isEmpty()) {
        text.append("\n### Wrong in the contracts\n\n");
        each.findings()
            .forEach(
                finding ->
                    text.append("- ")
                        .append(escaped(finding.file() + ":" + finding.line() + ": "))
                        .append(escaped(finding.message()))
                        .append(" (`" + finding.ruleId() + "`)\n"));
      }
    }
    return text.toString();
  }

  private static void sections(StringBuilder text, ContractDiff diff) {
    Map<String, List<Change>> sections = new LinkedHashMap<>();
    for (String title :
        List.of(
            "Breaks others", "To look at", "Breaks others, accepted", "Safe for others", "Texts")) {
      sections.put(title, new ArrayList<>());
    }
    for (Change change : diff.changes()) {
      sections.computeIfAbsent(section(change), s -> new ArrayList<>()).add(change);
    }
    sections.forEach(
        (title, changes) -> {
          if (!changes.isEmpty()) {
            text.append("\n### ").append(title).append("\n\n");
            changes.forEach(change -> item(text, change));
          }
        });
    if (diff.changes().isEmpty()) {
      text.append("\nNothing changed.\n");
    }
  }

  private static String section(Change change) {
    return switch (change.severity()) {
      case ERROR -> "Breaks others";
      case WARNING -> "To look at";
      case INFO ->
          !change.note().isEmpty()
              ? "Breaks others, accepted"
              : change.ruleId().equals(DiffRule.TEXT.id()) ? "Texts" : "Safe for others";
    };
  }

  private static void item(StringBuilder text, Change change) {
    text.append("- **").append(escaped(change.subject())).append("**: ");
    text.append(escaped(change.what())).append(change.what().endsWith(".") ? "" : ".");
    if (change.publishers() != Change.Verdict.SAFE || change.subscribers() != Change.Verdict.SAFE) {
      text.append(" Publishers: ")
          .append(change.publishers())
          .append(", subscribers: ")
          .append(change.subscribers())
          .append('.');
    }
    if (!change.note().isEmpty()) {
      text.append(" Accepted: ").append(escaped(change.note())).append('.');
    } else if (change.severity() != Severity.INFO) {
      text.append(" *").append(escaped(change.remedy())).append('*');
    }
    text.append(" (`").append(change.ruleId()).append("`)\n");
  }

  /** What Markdown, or HTML in it, would take for its own is taken by the letter. */
  private static String escaped(String text) {
    return line(text).replaceAll("([\\\\`*_\\[\\]<>#|~&])", "\\\\$1");
  }

  private static String line(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .forEach(
            c ->
                line.appendCodePoint(
                    Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c));
    return line.toString();
  }
}

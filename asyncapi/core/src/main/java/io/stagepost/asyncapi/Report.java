package io.stagepost.asyncapi;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Findings as text, for people and for other programs. */
public final class Report {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Report() {}

  /** How a report is written. */
  public enum Format {
    /** A line for each finding, and a last one that counts them. */
    TEXT,
    /** A JSON object with an array {@code findings}. */
    JSON,
    /** SARIF 2.1.0, for code scanning. */
    SARIF,
    /** JUnit XML: a test case for each file, and a failure for each finding. */
    JUNIT,
    /** Workflow commands that GitHub shows beside the changed lines. */
    GITHUB
  }

  /**
   * Writes a report.
   *
   * @param format how
   * @param files the files that were looked at, as they were named
   * @param findings what was found in them, sorted
   * @return the report, ending with a line's end
   */
  public static String of(Format format, Collection<String> files, List<Finding> findings) {
    return switch (format) {
      case TEXT -> text(files, findings);
      case JSON -> json(files, findings);
      case SARIF -> sarif(findings);
      case JUNIT -> junit(files, findings);
      case GITHUB -> github(findings);
    };
  }

  /** A finding in one line. */
  static String line(Finding finding) {
    return finding.file()
        + ":"
        + finding.line()
        + ":"
        + finding.column()
        + ": "
        + finding.severity()
        + " "
        + finding.ruleId()
        + ": "
        + oneLine(finding.message())
        + ". "
        + oneLine(finding.remedy())
        + (finding.pointer().isEmpty() ? "" : " [" + oneLine(finding.pointer()) + "]");
  }

  /** Without what would break a line, or move a terminal's cursor. */
  private static String oneLine(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                safe.append(String.format("\\u%04x", c));
              } else {
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
  }

  private static String text(Collection<String> files, List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    findings.forEach(finding -> text.append(line(finding)).append('\n'));
    Map<Severity, Integer> counts = counts(findings);
    text.append(files.size()).append(files.size() == 1 ? " file" : " files");
    for (Severity severity : Severity.values()) {
      int count = counts.getOrDefault(severity, 0);
      String noun = severity == Severity.INFO ? "note" : severity.toString();
      text.append(", ").append(count).append(' ').append(noun).append(count == 1 ? "" : "s");
    }
    return text.append('\n').toString();
  }

  private static Map<Severity, Integer> counts(List<Finding> findings) {
    Map<Severity, Integer> counts = new TreeMap<>();
    findings.forEach(finding -> counts.merge(finding.severity(), 1, Integer::sum));
    return counts;
  }

  private static String json(Collection<String> files, List<Finding> findings) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode named = root.putArray("files");
    files.forEach(named::add);
    ArrayNode all = root.putArray("findings");
    for (Finding finding : findings) {
      all.addObject()
          .put("ruleId", finding.ruleId())
          .put("severity", finding.severity().toString())
          .put("file", finding.file())
          .put("line", finding.line())
          .put("column", finding.column())
          .put("pointer", finding.pointer())
          .put("message", finding.message())
          .put("remedy", finding.remedy());
    }
    return JSON.writeValueAsString(root) + "\n";
  }

  private static String sarif(List<Finding> findings) {
    ObjectNode root = JSON.createObjectNode();
    root.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    root.put("version", "2.1.0");
    ObjectNode run = root.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    driver.put("name", "stagepost-contract");
    driver.put("informationUri", "https://www.asyncapi.com/docs/reference/specification/v3.1.0");
    ArrayNode rules = driver.putArray("rules");
    Map<String, Integer> indexes = new LinkedHashMap<>();
    findings.stream()
        .map(Finding::ruleId)
        .distinct()
        .sorted()
        .forEach(
            id -> {
              indexes.put(id, indexes.size());
              rules.addObject().put("id", id);
            });
    run.put("columnKind", "unicodeCodePoints");
    ArrayNode results = run.putArray("results");
    for (Finding finding : findings) {
      ObjectNode result = results.addObject();
      result.put("ruleId", finding.ruleId());
      result.put("ruleIndex", indexes.get(finding.ruleId()));
      result.put(
          "level",
          switch (finding.severity()) {
            case ERROR -> "error";
            case WARNING -> "warning";
            case INFO -> "note";
          });
      result.putObject("message").put("text", finding.message() + ". " + finding.remedy());
      ObjectNode location = result.putArray("locations").addObject();
      ObjectNode physical = location.putObject("physicalLocation");
      physical.putObject("artifactLocation").put("uri", uri(finding.file()));
      physical
          .putObject("region")
          .put("startLine", finding.line())
          .put("startColumn", finding.column());
      location
          .putArray("logicalLocations")
          .addObject()
          .put("fullyQualifiedName", finding.pointer());
    }
    return JSON.writeValueAsString(root) + "\n";
  }

  /** A path as the reference of a URI. */
  private static String uri(String file) {
    if (file.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")) {
      return file;
    }
    StringBuilder uri = new StringBuilder();
    for (byte b : file.replace('\\', '/').getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 128 && (Character.isLetterOrDigit(c) || "/-._~".indexOf(c) >= 0)) {
        uri.append(c);
      } else {
        uri.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return uri.toString();
  }

  private static String junit(Collection<String> files, List<Finding> findings) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeCharacters("\n");
      Map<String, List<Finding>> byFile = new LinkedHashMap<>();
      files.forEach(file -> byFile.put(file, new ArrayList<>()));
      for (Finding finding : findings) {
        byFile.computeIfAbsent(finding.file(), f -> new ArrayList<>()).add(finding);
      }
      long failures = findings.stream().filter(f -> f.severity() == Severity.ERROR).count();
      int tests = 0;
      for (List<Finding> each : byFile.values()) {
        tests += Math.max(1, each.size());
      }
      xml.writeStartElement("testsuite");
      xml.writeAttribute("name", "contracts");
      xml.writeAttribute("tests", String.valueOf(tests));
      xml.writeAttribute("failures", String.valueOf(failures));
      xml.writeAttribute("errors", "0");
      xml.writeAttribute("skipped", "0");
      for (Map.Entry<String, List<Finding>> file : byFile.entrySet()) {
        if (file.getValue().isEmpty()) {
          xml.writeCharacters("\n  ");
          xml.writeEmptyElement("testcase");
          xml.writeAttribute("classname", oneLine(file.getKey()));
          xml.writeAttribute("name", "contract");
        }
        for (Finding finding : file.getValue()) {
          testCase(xml, finding);
        }
      }
      xml.writeCharacters("\n");
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string refused to be written to", e);
    }
    return text + "\n";
  }

  /** Errors are failures; what is less is passed, and told in its output. */
  private static void testCase(XMLStreamWriter xml, Finding finding) throws XMLStreamException {
    boolean error = finding.severity() == Severity.ERROR;
    xml.writeCharacters("\n  ");
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", oneLine(finding.file()));
    xml.writeAttribute(
        "name", oneLine(finding.ruleId() + " " + finding.line() + ":" + finding.column()));
    xml.writeCharacters("\n    ");
    xml.writeStartElement(error ? "failure" : "system-out");
    if (error) {
      xml.writeAttribute("type", finding.ruleId());
      xml.writeAttribute("message", oneLine(finding.message()));
    }
    xml.writeCharacters(line(finding));
    xml.writeEndElement();
    xml.writeCharacters("\n  ");
    xml.writeEndElement();
  }

  private static String github(List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append("::")
          .append(
              switch (finding.severity()) {
                case ERROR -> "error";
                case WARNING -> "warning";
                case INFO -> "notice";
              })
          .append(" file=")
          .append(property(finding.file()))
          .append(",line=")
          .append(finding.line())
          .append(",col=")
          .append(finding.column())
          .append(",title=")
          .append(property(finding.ruleId()))
          .append("::")
          .append(
              data(finding.message() + ". " + finding.remedy() + " [" + finding.pointer() + "]"))
          .append('\n');
    }
    return text.toString();
  }

  private static String data(String text) {
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
  }

  private static String property(String text) {
    return data(text).replace(":", "%3A").replace(",", "%2C");
  }
}

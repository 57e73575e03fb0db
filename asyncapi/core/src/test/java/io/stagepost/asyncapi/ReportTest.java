package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Findings in the forms that people and programs read. */
class ReportTest {
  private static final Finding ERROR =
      new Finding(
          "ref-dangling",
          Severity.ERROR,
          "my contracts/a,b.yaml",
          3,
          7,
          "/channels/a~1b",
          "it leads nowhere:\n50% <\u0007> \"lost\"",
          "Mend it.");
  private static final Finding WARNING =
      new Finding("lint-slo", Severity.WARNING, "c.yaml", 1, 1, "", "no objective", "Add one.");
  private static final List<Finding> BOTH = List.of(WARNING, ERROR);
  private static final List<String> FILES = List.of("c.yaml", "my contracts/a,b.yaml", "ok.yaml");

  private static String report(Report.Format format) {
    return Report.of(format, FILES, BOTH);
  }

  @Test
  void text_has_a_line_for_each() {
    assertThat(report(Report.Format.TEXT).lines())
        .containsExactly(
            "c.yaml:1:1: warning lint-slo: no objective. Add one.",
            "my contracts/a,b.yaml:3:7: error ref-dangling: it leads nowhere:\\u000a50% <\\u0007>"
                + " \"lost\". Mend it. [/channels/a~1b]",
            "3 files, 1 error, 1 warning, 0 notes");
  }

  @Test
  void json_has_every_field() {
    JsonNode json = new JsonMapper().readTree(report(Report.Format.JSON));

    assertThat(json.at("/findings/1/pointer").stringValue()).isEqualTo("/channels/a~1b");
    assertThat(json.at("/findings/1/line").intValue()).isEqualTo(3);
    assertThat(json.at("/findings/1/message").stringValue()).isEqualTo(ERROR.message());
    assertThat(json.at("/findings/0/remedy").stringValue()).isEqualTo("Add one.");
    assertThat(json.at("/files").size()).isEqualTo(3);
  }

  @Test
  void sarif_names_rules_and_places() {
    JsonNode run = new JsonMapper().readTree(report(Report.Format.SARIF)).at("/runs/0");

    assertThat(run.at("/tool/driver/rules/0/id").stringValue()).isEqualTo("lint-slo");
    JsonNode result = run.at("/results/1");
    assertThat(result.at("/ruleId").stringValue()).isEqualTo("ref-dangling");
    assertThat(run.at("/tool/driver/rules/" + result.at("/ruleIndex").intValue() + "/id"))
        .isEqualTo(result.at("/ruleId"));
    assertThat(result.at("/level").stringValue()).isEqualTo("error");
    JsonNode place = result.at("/locations/0/physicalLocation");
    assertThat(place.at("/artifactLocation/uri").stringValue())
        .isEqualTo("my%20contracts/a%2Cb.yaml");
    assertThat(place.at("/region/startLine").intValue()).isEqualTo(3);
    assertThat(place.at("/region/startColumn").intValue()).isEqualTo(7);
  }

  @Test
  void junit_has_a_case_for_each_and_one_for_a_file_without() throws Exception {
    Element suite =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(report(Report.Format.JUNIT))))
            .getDocumentElement();

    assertThat(suite.getAttribute("tests")).isEqualTo("3");
    assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(3);
    assertThat(suite.getAttribute("failures")).isEqualTo("1");
    assertThat(suite.getElementsByTagName("failure").getLength()).isEqualTo(1);
    assertThat(suite.getElementsByTagName("failure").item(0).getTextContent()).contains("\"lost\"");
  }

  @Test
  void github_gets_a_command_for_each() {
    assertThat(report(Report.Format.GITHUB).lines())
        .containsExactly(
            "::warning file=c.yaml,line=1,col=1,title=lint-slo::no objective. Add one. []",
            "::error file=my contracts/a%2Cb.yaml,line=3,col=7,title=ref-dangling::it leads"
                + " nowhere:%0A50%25 <\u0007> \"lost\". Mend it. [/channels/a~1b]");
  }
}

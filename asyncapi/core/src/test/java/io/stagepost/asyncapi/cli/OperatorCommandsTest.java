package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes of docs, map, audit, capacity and acl, and what goes where. */
class OperatorCommandsTest {
  private static final String ALL = "src/test/resources/contracts/catalogue";
  private static final String BILLING = ALL + "/billing.yaml";
  private static final String BROKEN = ALL + "/broken.yaml";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void docs_writes_a_site_and_tells_of_what_is_wrong() {
    Path site = folder.resolve("site");
    assertThat(run("docs", ALL, "-o", site.toString())).isEqualTo(1);
    assertThat(site.resolve("index.html")).exists();
    assertThat(out.toString()).contains("ref-dangling").contains("5 contracts in ");
    assertThat(err.toString()).contains("other.yaml is no AsyncAPI document");
    assertThat(run("docs", BILLING, "-o", folder.resolve("one").toString())).isZero();
  }

  @Test
  void docs_leaves_a_directory_alone_that_is_not_its_own() throws IOException {
    Files.writeString(folder.resolve("mine"), "mine");
    assertThat(run("docs", BILLING, "-o", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("SP-CONTRACT-081");
    assertThat(run("docs", BILLING, "-o", folder.toString(), "--force")).isZero();
    assertThat(run("docs", BILLING)).isEqualTo(2);
  }

  @Test
  void map_is_written_in_four_formats() {
    for (String format : new String[] {"text", "dot", "SVG", "json"}) {
      assertThat(run("map", BILLING, "--format", format)).isZero();
    }
    assertThat(out.toString()).contains("digraph").contains("<svg").contains("\"nodes\"");
    assertThat(run("map", BILLING, "--format", "png")).isEqualTo(2);
    assertThat(run("map", ALL)).isEqualTo(1);
    assertThat(err.toString()).contains("broken.yaml is not valid, and not on the map");
    assertThat(run("map", "--no-cycles", "src/test/resources/contracts/shop.yaml")).isEqualTo(1);
    assertThat(run("map", folder.resolve("none").toString())).isEqualTo(2);
  }

  @Test
  void audit_reports_as_lint_does() {
    assertThat(run("audit", "--format", "sarif", BILLING)).isZero();
    assertThat(out.toString()).contains("\"ruleId\" : \"audit-unbounded\"");
    assertThat(run("audit", "--fail-on", "info", BILLING)).isEqualTo(1);
    assertThat(run("audit", BROKEN)).isEqualTo(1);
  }

  @Test
  void capacity_takes_figures_and_fails_where_they_do_not_fit() {
    assertThat(run("capacity", BILLING)).isZero();
    assertThat(run("capacity", "--events", "10", "--service-time", "PT20S", BILLING)).isEqualTo(1);
    assertThat(out.toString()).contains("x-slo cannot be kept").contains("longer than x-timeout");
    assertThat(run("capacity", "--service-time", "20ms", BILLING)).isEqualTo(2);
    assertThat(run("capacity", "--utilisation", "2", BILLING)).isEqualTo(2);
    assertThat(run("capacity", BROKEN, folder.resolve("none.yaml").toString())).isEqualTo(3);
  }

  @Test
  void acl_writes_commands_to_out_and_notes_to_err() {
    assertThat(run("acl", "--for", "kafka", BILLING)).isZero();
    assertThat(out.toString()).startsWith("kafka-acls ");
    assertThat(run("acl", "--for", "rabbitmq", "--topology", "auto-create", BILLING)).isZero();
    assertThat(err.toString()).contains("at another broker");
    assertThat(run("acl", BILLING)).isEqualTo(2);
    assertThat(run("acl", "--for", "pulsar", BILLING)).isEqualTo(2);
  }
}

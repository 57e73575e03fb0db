package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes, and what goes where. */
class ContractCommandTest {
  private static final String SHOP = "src/test/resources/contracts/shop.yaml";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private String broken() throws IOException {
    return Files.writeString(folder.resolve("a.yaml"), "asyncapi: 3.0.0\n").toString();
  }

  @Test
  void nothing_wrong_is_0() {
    assertThat(run("validate", SHOP)).isZero();
    assertThat(out).hasToString("1 file, 0 errors, 0 warnings, 0 notes\n");
  }

  @Test
  void findings_are_1() throws IOException {
    assertThat(run("validate", broken(), SHOP)).isEqualTo(1);
    assertThat(out.toString()).contains("schema-required").contains("2 files, 1 error");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void warnings_are_0_unless_asked_for() {
    assertThat(run("lint", "--today", "2026-06-30", SHOP)).isZero();
    assertThat(run("lint", "--today", "2026-06-30", "--fail-on", "warning", SHOP)).isEqualTo(1);
  }

  @Test
  void wrong_usage_is_2() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("validate")).isEqualTo(2);
    assertThat(run("validate", "--format", "pdf", SHOP)).isEqualTo(2);
    assertThat(run("validat", SHOP)).isEqualTo(2);
    assertThat(run("lint", "--config", folder.resolve("none.yaml").toString(), SHOP)).isEqualTo(2);
    assertThat(err.toString())
        .contains("Name a command.")
        .contains("'pdf' is none of [text, json, sarif, junit, github]")
        .contains("SP-CONTRACT-004");
  }

  @Test
  void a_file_that_cannot_be_read_is_3_and_the_others_are_told_all_the_same() throws IOException {
    String missing = folder.resolve("missing.yaml").toString();

    assertThat(run("validate", missing, broken(), folder.toString())).isEqualTo(3);
    assertThat(out.toString()).contains("schema-required").contains("1 file, 1 error");
    assertThat(err.toString())
        .contains("SP-CONTRACT-001 " + missing + " cannot be read: there is no such file")
        .contains("it is a directory");
  }

  @Test
  void every_format_is_printed() throws IOException {
    for (String format : new String[] {"text", "json", "sarif", "junit", "GITHUB"}) {
      out.getBuffer().setLength(0);
      assertThat(run("validate", "--format", format, broken())).isEqualTo(1);
      assertThat(out.toString()).contains("schema-required");
    }
  }

  @Test
  void help_is_0() {
    assertThat(run("--help")).isZero();
    assertThat(run("lint", "--help")).isZero();
    assertThat(out.toString()).contains("validate").contains("--today");
  }
}

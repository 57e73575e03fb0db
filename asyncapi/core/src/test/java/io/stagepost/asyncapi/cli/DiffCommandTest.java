package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Exit codes, reports, and old versions from git. */
class DiffCommandTest {
  private static final Path SHOP = Path.of("src/test/resources/contracts/shop.yaml");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("diff", "--today", "2026-06-01"));
    all.addAll(List.of(args));
    return ContractCommand.run(
        new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
  }

  /** The shop, with its files, in a folder of the given name. */
  private Path shop(String name) throws IOException {
    Path target = Files.createDirectories(folder.resolve(name).resolve("common"));
    for (String each : new String[] {"schemas.yaml", "Bill.avsc"}) {
      Files.copy(SHOP.resolveSibling("common").resolve(each), target.resolve(each));
    }
    return Files.copy(SHOP, folder.resolve(name).resolve("shop.yaml"));
  }

  private static void change(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void the_same_is_0() throws IOException {
    Path old = shop("a");
    assertThat(run(old.toString(), old.toString())).isZero();
    assertThat(out.toString())
        .contains("0 errors")
        .contains("2.0.0 to 2.0.0, needs no new version");
  }

  @Test
  void a_break_is_1_with_place_verdicts_and_version() throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(now, "required: [orderId, amount, country]", "required: [orderId, country]");

    assertThat(run(old.toString(), now.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains(now + ":106:17: error json.required-added: channel orders, message placed: ")
        .contains("(wire; publishers: safe, subscribers: breaking; version: major)")
        .contains("error diff-version")
        .contains(now + ", compared with " + old + ": 2.0.0 to 2.0.0, needs major, has none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json", "SARIF", "junit", "github", "markdown"})
  void every_format_is_printed(String format) throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(now, "address: shop.{country}.orders.v1", "address: shop.{country}.orders.v2");

    assertThat(run("--format", format, old.toString(), now.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("diff-channel-address").contains("orders.v2");
  }

  @Test
  void json_has_both_places() throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(now, "address: shop.{country}.orders.v1", "address: shop.{country}.orders.v2");
    run("--format", "json", old.toString(), now.toString());

    JsonNode comparison = new JsonMapper().readTree(out.toString()).path("comparisons").path(0);
    assertThat(comparison.path("required").asString("")).isEqualTo("major");
    assertThat(comparison.path("made").asString("")).isEqualTo("none");
    JsonNode change = comparison.path("changes").path(1);
    assertThat(change.path("ruleId").asString("")).isEqualTo("diff-channel-address");
    assertThat(change.path("subscribers").asString("")).isEqualTo("breaking");
    assertThat(change.at("/older/file").asString("")).isEqualTo(old.toString());
    assertThat(change.at("/newer/line").asInt()).isEqualTo(23);
    assertThat(change.at("/newer/pointer").asString("")).isEqualTo("/channels/orders/address");
  }

  @Test
  void markdown_is_a_changelog_and_takes_nothing_for_markup() throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(now, "title: Shop", "title: 'Shop <script> [x](y) *z*'");
    change(now, "version: 2.0.0", "version: 3.0.0");
    change(now, "sku: {type: string}", "sku: {type: integer}");
    change(
        now,
        "amount: {type: number, minimum: 0.01}",
        "amount: {type: number, minimum: 0.01}\n        note: {type: string}");
    change(now, "lines: [{sku: a,", "lines: [{sku: 1,");
    run("--format", "markdown", old.toString(), now.toString());
    assertThat(out.toString())
        .startsWith("## Shop \\<script\\> \\[x\\](y) \\*z\\*: 2.0.0 to 3.0.0\n")
        .contains("need a **major** version")
        .contains("\n### Breaks others\n\n- **channel orders, message placed**: ")
        .contains("(`json.type-narrowed`)");
  }

  @Test
  void wrong_usage_is_2() throws IOException {
    String shop = shop("a").toString();
    assertThat(run()).isEqualTo(2);
    assertThat(run(shop)).isEqualTo(2);
    assertThat(err.toString()).contains("Name two files, OLD and NEW");
    assertThat(run("--against", "main", shop)).isEqualTo(2);
    assertThat(err.toString()).contains("'main' is neither of the form git:REF");
    assertThat(run("--against", "git:", shop)).isEqualTo(2);
    assertThat(run("--models", "none", shop, shop)).isEqualTo(2);
    assertThat(err.toString()).contains("'none' is none of [declared, tolerant, strict]");
  }

  @Test
  void what_cannot_be_read_is_3() throws IOException {
    String shop = shop("a").toString();
    String missing = folder.resolve("missing.yaml").toString();
    assertThat(run(missing, shop)).isEqualTo(3);
    assertThat(run(shop, missing)).isEqualTo(3);
    assertThat(err.toString()).contains("SP-CONTRACT-001").contains("there is no such file");
    assertThat(run("--against", "git:main", shop)).isEqualTo(3);
    assertThat(err.toString()).contains("is in no git repository");
  }

  @Test
  void a_new_contract_that_is_not_valid_is_not_compared() throws IOException {
    Path old = shop("a");
    Path now = Files.writeString(folder.resolve("b.yaml"), "asyncapi: 3.0.0\n");
    assertThat(run(old.toString(), now.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("schema-required").contains("not compared");
  }

  @Test
  void an_old_contract_that_is_not_valid_is_compared_as_far_as_it_goes() throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(old, "channel: {$ref: '#/channels/replies'}", "channel: {$ref: '#/channels/nothing'}");
    assertThat(run(old.toString(), now.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("error diff-old-invalid: the older contract is not valid")
        .contains("ref-dangling");

    change(
        now,
        "version: 2.0.0",
        "version: 3.0.0\n  x-waivers:\n    - {rule: diff-old-invalid, reason: mended by this change, expires: 2026-06-01}");
    run("--format", "json", old.toString(), now.toString());
    assertThat(out.toString())
        .contains("diff-old-invalid")
        .doesNotContain("\"severity\" : \"error\",\n      \"file\"");

    Path text = Files.writeString(folder.resolve("old.txt.yaml"), "- [unclosed");
    assertThat(run(text.toString(), now.toString())).isEqualTo(0);
    assertThat(out.toString()).contains("not compared").contains("info diff-old-invalid");
  }

  @Test
  void several_old_versions_are_compared_each() throws IOException {
    Path first = shop("a");
    Path second = shop("b");
    Path now = shop("c");
    change(first, "sku: {type: string}", "sku: {type: [string, integer]}");
    change(second, "sku: {type: string}", "sku: {type: [string, 'null']}");
    change(now, "version: 2.0.0", "version: 3.0.0");
    run(first.toString(), second.toString(), now.toString());
    assertThat(out.toString())
        .contains("compared with " + first + ":")
        .contains("compared with " + second + ":");
  }

  @Test
  void the_old_version_comes_from_a_folder() throws IOException {
    Path old = shop("a");
    Path now = shop("b");
    change(now, "sku: {type: string}", "sku: {type: integer}");
    change(now, "lines: [{sku: a,", "lines: [{sku: 1,");

    assertThat(run("--against", folder.resolve("a").toString(), now.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("json.type-narrowed").contains("compared with " + old);

    Path added = Files.copy(now, now.resolveSibling("added.yaml"));
    assertThat(run("--against", folder.resolve("a").toString(), added.toString())).isZero();
    assertThat(out.toString()).contains("warning diff-no-old");
  }

  private void git(String... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.com",
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.hooksPath=/dev/null"));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", args)).isZero();
  }

  @Test
  void the_old_version_comes_from_git_with_what_it_refers_to() throws Exception {
    Path shop = shop("contracts");
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    git("tag", "v1");
    // What changes is in a file that the contract refers to.
    change(
        shop.resolveSibling("common").resolve("schemas.yaml"),
        "orderId: {type: string}",
        "orderId: {type: integer}");
    change(shop, "payload: {orderId: '1', country: de}", "payload: {orderId: 1, country: de}");

    for (String reference : new String[] {"git:HEAD", "git:main", "git:v1"}) {
      assertThat(run("--against", reference, shop.toString())).isEqualTo(1);
      assertThat(out.toString())
          .contains("json.type-narrowed")
          .contains("schemas.yaml")
          .contains("compared with " + reference + ":contracts/shop.yaml");
    }
    assertThat(err.toString()).isEmpty();

    run("--against", "git:HEAD", "--format", "json", shop.toString());
    assertThat(out.toString()).contains("\"file\" : \"git:HEAD:contracts/common/schemas.yaml\"");
    try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(left.filter(Files::isDirectory).map(p -> p.getFileName().toString()))
          .noneMatch(name -> name.matches("contract[0-9]+"));
    }

    assertThat(run("--against", "git:nothing", shop.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("there is no commit nothing in ");
    assertThat(run("--against", "git:--help", shop.toString())).isEqualTo(3);

    Path added = Files.copy(shop, shop.resolveSibling("added.yaml"));
    assertThat(run("--against", "git:HEAD", added.toString())).isZero();
    assertThat(out.toString()).contains("warning diff-no-old").contains("not compared");
    assertThat(run("--against", "git:HEAD", "--fail-on", "warning", added.toString())).isEqualTo(1);
  }
}

package io.stagepost.asyncapi.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The goals, on contracts of a project. */
class MojosTest {
  private static final String CONTRACT =
      """
      asyncapi: 3.0.0
      info: {title: Shop, version: 1.0.0}
      channels:
        orders:
          address: orders
          messages:
            placed:
              x-event-type: com.example.order.placed.v1
              payload: {type: object, properties: {id: {type: string}}}
      operations:
        place: {action: send, channel: {$ref: '#/channels/orders'}}
      """;

  @TempDir private Path folder;

  private final List<String> log = new ArrayList<>();
  private final MavenProject project = new MavenProject();

  private <M extends ContractMojo> M in(M mojo, String contract) throws IOException {
    Path contracts = Files.createDirectories(folder.resolve("contracts"));
    Files.writeString(contracts.resolve("shop.asyncapi.yaml"), contract);
    Files.writeString(contracts.resolve("shared.yaml"), "no: contract\n");
    mojo.folder = contracts.toFile();
    mojo.setLog(
        new SystemStreamLog() {
          @Override
          public void info(CharSequence content) {
            log.add("info " + content);
          }

          @Override
          public void warn(CharSequence content) {
            log.add("warn " + content);
          }

          @Override
          public void error(CharSequence content) {
            log.add("error " + content);
          }
        });
    return mojo;
  }

  private GenerateMojo generate(String contract) throws IOException {
    GenerateMojo mojo = in(new GenerateMojo(), contract);
    mojo.packageName = "com.example.shop";
    mojo.output = new File(folder.toFile(), "generated");
    mojo.project = project;
    return mojo;
  }

  @Test
  void generate_writes_sources_that_are_compiled_with_the_module_and_only_once() throws Exception {
    generate(CONTRACT).execute();

    assertThat(folder.resolve("generated/com/example/shop/ShopPublisher.java")).exists();
    assertThat(project.getCompileSourceRoots())
        .containsExactly(folder.resolve("generated").toString());
    assertThat(log).last().asString().contains("written to");

    generate(CONTRACT).execute();
    assertThat(log).last().asString().contains("up to date");
  }

  @Test
  void what_is_wrong_ends_the_build_with_its_place() throws Exception {
    GenerateMojo mojo = generate(CONTRACT.replace("action: send", "action: shout"));

    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("shop.asyncapi.yaml:[11,19]");
    assertThat(log).first().asString().startsWith("error ").contains("shop.asyncapi.yaml:[11,19]");
    assertThat(folder.resolve("generated")).doesNotExist();
  }

  @Test
  void lint_and_validate_tell_what_they_find() throws Exception {
    in(new ValidateMojo(), CONTRACT).execute();
    assertThat(log).isEmpty();

    LintMojo lint = in(new LintMojo(), CONTRACT);
    assertThatThrownBy(lint::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("in contracts; the first:");
    assertThat(log).anyMatch(line -> line.startsWith("error ") && line.contains("[lint-owner]"));
  }

  @Test
  void a_goal_that_is_skipped_or_has_no_contracts_does_nothing() throws Exception {
    GenerateMojo mojo = generate("nothing");
    mojo.skip = true;
    mojo.execute();
    assertThat(log).containsExactly("info Skipped.");

    LintMojo lint = new LintMojo();
    lint.folder = folder.resolve("none").toFile();
    lint.execute();
  }

  @Test
  void a_severity_that_there_is_none_of_is_told() throws Exception {
    GenerateMojo mojo = generate(CONTRACT);
    mojo.failOn = "never";

    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("failOn is 'never'");
  }

  /** With the contract as it is now, compared with what it was. */
  private DiffMojo diff(String now, String against) throws IOException {
    DiffMojo mojo = in(new DiffMojo(), now);
    mojo.against = against;
    return mojo;
  }

  private Path older(String contract) throws IOException {
    Path older = Files.createDirectories(folder.resolve("older"));
    Files.writeString(older.resolve("shop.asyncapi.yaml"), contract);
    return older;
  }

  @Test
  void diff_ends_a_build_that_breaks_others() throws Exception {
    String older = older(CONTRACT).toString();
    diff(CONTRACT, older).execute();
    assertThat(log).isEmpty();

    DiffMojo mojo = diff(CONTRACT.replace("type: string", "type: integer"), older);
    mojo.report = folder.resolve("reports/changes.md").toFile();
    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("2 findings in contracts; the first:");
    assertThat(log)
        .anyMatch(line -> line.startsWith("error ") && line.contains("[json.type-narrowed]"))
        .anyMatch(line -> line.startsWith("error ") && line.contains("[diff-version]"));
    assertThat(folder.resolve("reports/changes.md"))
        .content()
        .startsWith("## Shop: 1.0.0 to 1.0.0")
        .contains("### Breaks others");
  }

  @Test
  void diff_compares_as_it_is_told() throws Exception {
    String older = older(CONTRACT.replace("action: send", "action: receive")).toString();
    String closed =
        CONTRACT
            .replace("action: send", "action: receive")
            .replace(
                "payload: {type: object,", "payload: {type: object, additionalProperties: false,");
    String raised = closed.replace("version: 1.0.0", "version: 1.1.0");
    diff(raised, older).execute();

    DiffMojo strict = diff(raised, older);
    strict.models = "STRICT";
    strict.format = "json";
    strict.report = folder.resolve("changes.json").toFile();
    assertThatThrownBy(strict::execute).isInstanceOf(MojoFailureException.class);
    assertThat(folder.resolve("changes.json")).content().contains("\"comparisons\"");

    strict.models = "none";
    assertThatThrownBy(strict::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("models is 'none'; it is to be one of [declared, tolerant, strict]");
  }

  @Test
  void diff_tells_of_a_contract_that_is_gone() throws Exception {
    Path older = older(CONTRACT);
    String sunset = "    address: orders\n    x-deprecation: {sunset: 2020-01-01}\n";
    Files.writeString(older.resolve("billing.asyncapi.yaml"), CONTRACT);
    Files.writeString(
        older.resolve("old.asyncapi.yaml"), CONTRACT.replace("    address: orders\n", sunset));
    Files.writeString(older.resolve("notes.yaml"), "no: contract\n");

    DiffMojo mojo = diff(CONTRACT, older.toString());
    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoFailureException.class)
        .hasMessageStartingWith("1 finding in contracts")
        .hasMessageContaining("billing.asyncapi.yaml");
    assertThat(log)
        .hasSize(2)
        .anyMatch(line -> line.startsWith("error ") && line.contains("billing.asyncapi.yaml"))
        .anyMatch(line -> line.startsWith("info ") && line.contains("old.asyncapi.yaml"))
        .allMatch(line -> line.contains("[diff-contract-removed]"));

    mojo.removed = List.of("billing.asyncapi.yaml");
    mojo.execute();
  }

  private void git(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.com",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.hooksPath=/dev/null"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", arguments)).isZero();
  }

  @Test
  void diff_compares_with_git() throws Exception {
    in(new ValidateMojo(), CONTRACT);
    Files.writeString(folder.resolve("contracts/billing.asyncapi.yaml"), CONTRACT);
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    diff(CONTRACT, "git:HEAD").execute();

    Files.delete(folder.resolve("contracts/billing.asyncapi.yaml"));
    Files.writeString(folder.resolve("contracts/new.asyncapi.yaml"), CONTRACT);
    DiffMojo mojo = diff(CONTRACT.replace("address: orders", "address: orders.v2"), "git:HEAD");
    assertThatThrownBy(mojo::execute).isInstanceOf(MojoFailureException.class);
    assertThat(log)
        .anyMatch(line -> line.startsWith("error ") && line.contains("[diff-channel-address]"))
        .anyMatch(line -> line.startsWith("error ") && line.contains("[diff-contract-removed]"))
        .anyMatch(line -> line.startsWith("warn ") && line.contains("[diff-no-old]"));

    mojo.against = "git:nothing";
    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("there is no commit nothing in ");
    mojo.against = "main";
    assertThatThrownBy(mojo::execute)
        .isInstanceOf(MojoExecutionException.class)
        .hasMessageContaining("against is 'main'; it is to be git:REF");
  }
}

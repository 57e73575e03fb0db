package io.stagepost.asyncapi.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
}

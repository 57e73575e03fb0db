package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reports in SARIF are what the schema of SARIF asks for. */
class SarifTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  private static JsonNode sarif(String... args) {
    StringWriter out = new StringWriter();
    ContractCommand.run(new PrintWriter(out), new PrintWriter(new StringWriter()), args);
    return JSON.readTree(out.toString());
  }

  private static Schema schema() throws IOException {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4)
        .getSchema(
            JSON.readTree(Files.readString(Path.of("src/test/resources/sarif/sarif-2.1.0.json"))));
  }

  private static void assertValid(JsonNode report) throws IOException {
    assertThat(
            schema()
                .validate(
                    report,
                    context ->
                        context.setExecutionConfig(
                            ExecutionConfig.builder().formatAssertionsEnabled(true).build())))
        .as("%s", report)
        .isEmpty();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void the_schema_refuses_something() throws IOException {
    assertThat(schema().validate(JSON.readTree("{\"version\": \"2.1.0\"}"))).isNotEmpty();
  }

  @Test
  void findings_of_every_command_are_valid() throws IOException {
    Path odd = write("ä 100%[x]#.yaml", "asyncapi: 3.0.0\ninfo: {title: \"a\\u0007b\"}\n");
    JsonNode validated = sarif("validate", "--format", "sarif", odd.toString());
    assertThat(validated.at("/runs/0/results").size()).isPositive();
    assertValid(validated);

    assertValid(sarif("lint", "--format", "sarif", "src/test/resources/contracts/shop.yaml"));

    String contract =
        "asyncapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\nchannels: {a: {address: %s}}\n";
    Path old = write("old.yaml", contract.formatted("a.v1"));
    Path now = write("new.yaml", contract.formatted("a.v2"));
    JsonNode compared = sarif("diff", "--format", "sarif", old.toString(), now.toString());
    assertThat(compared.at("/runs/0/results").size()).isEqualTo(2);
    assertValid(compared);
    assertValid(sarif("diff", "--format", "sarif", old.toString(), old.toString()));

    Path needs =
        write(
            "a.expectation.yaml",
            "expectation: 1\nconsumer: c\nowner: o\nreads: [{channel: b, message: m}]\n");
    JsonNode verified =
        sarif("verify", now.toString(), "--format", "sarif", "--expectations", needs.toString());
    assertThat(verified.at("/runs/0/results").size()).isEqualTo(1);
    assertValid(verified);
  }
}

package io.stagepost.asyncapi.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.registry.FileRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes, what is written where, and what is told. */
class ImportCommandTest {
  private static final String PLACED =
      "{\"type\": \"record\", \"name\": \"OrderPlaced\", \"namespace\": \"com.example\","
          + " \"fields\": [{\"name\": \"id\", \"type\": \"string\"}]}";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private String schemas() {
    Path schemas = folder.resolve("schemas");
    try (FileRegistry registry = FileRegistry.openForWriting(created(schemas))) {
      registry.register("orders.v1-value", Schema.of(Format.AVRO, PLACED), false);
      registry.register(
          "payments.v1-value", Schema.of(Format.JSON, "{\"title\": \"Paid\"}"), false);
    }
    return schemas.toString();
  }

  private static Path created(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String written(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  /** A registry that answers so, and 404 otherwise, to who is allowed. */
  private static HttpServer serving(Map<String, String> answers, Predicate<Headers> allowed)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String answer = answers.get(exchange.getRequestURI().getPath());
          byte[] body = (answer == null ? "{\"error_code\": 40401}" : answer).getBytes(UTF_8);
          int status = answer == null ? 404 : 200;
          exchange.sendResponseHeaders(
              allowed.test(exchange.getRequestHeaders()) ? status : 401, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  @Test
  void a_folder_and_a_list_become_a_valid_contract_and_what_is_next_is_told() throws IOException {
    String topics = written("topics.txt", "orders.v1\npayments.v1\n__consumer_offsets\n");
    String file = folder.resolve("new/shop.yaml").toString();

    int code =
        run(
            "import",
            "--registry",
            schemas(),
            "--topics",
            topics,
            "--title",
            "Shop",
            "--owner",
            "shop",
            "--id",
            "urn:example:shop",
            "--version",
            "0.1.0",
            "--server",
            "kafka://localhost:9092",
            "-o",
            file);

    assertThat(err.toString())
        .contains("contract: 2 topics, 2 schemas\n")
        .contains("contract: left out, internal topics: __consumer_offsets\n")
        .containsPattern("contract: next, .* and the \\d+ findings of bin/contract lint " + file);
    assertThat(code).isZero();
    assertThat(out.toString()).isEmpty();
    assertThat(Path.of(file))
        .content()
        .contains("title: Shop", "version: 0.1.0", "x-owner: shop", "id: urn:example:shop");
    assertThat(run("validate", "--fail-on", "warning", file)).as("%s", out).isZero();
  }

  @Test
  void without_a_file_it_goes_to_the_standard_output() {
    assertThat(run("import", "--registry", schemas(), "--include", "orders*")).isZero();
    assertThat(out.toString()).contains("address: orders.v1").doesNotContain("payments");
    assertThat(err.toString()).contains("left out, not included: payments.v1-value");
  }

  @Test
  void a_file_is_replaced_only_if_told_so() throws IOException {
    String file = written("shop.yaml", "mine");

    assertThat(run("import", "--registry", schemas(), "-o", file)).isEqualTo(2);
    assertThat(Path.of(file)).hasContent("mine");
    assertThat(err.toString()).contains("is there already");
    assertThat(run("import", "--registry", schemas(), "-o", file, "--force")).isZero();
    assertThat(Path.of(file)).content().contains("asyncapi: 3.0.0");
  }

  @Test
  void what_is_wrong_with_a_schema_is_1_and_the_contract_is_written() {
    Path schemas = created(folder.resolve("s"));
    try (FileRegistry registry = FileRegistry.openForWriting(schemas)) {
      registry.register(
          "a-value",
          Schema.of(Format.JSON, "{\"not\": {\"$ref\": \"#/definitions/None\"}}"),
          false);
      registry.register("b-value", Schema.of(Format.PROTOBUF, "message {"), false);
    }

    assertThat(run("import", "--registry", schemas.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("the standard output:")
        .contains("ref-dangling")
        .contains("not imported: b-value: SP-CONTRACT-021");
    assertThat(out.toString()).contains("address: a");
  }

  @Test
  void nothing_is_1_and_writes_nothing() {
    String file = folder.resolve("a.yaml").toString();

    assertThat(run("import", "--registry", schemas(), "--include", "x", "-o", file)).isEqualTo(1);
    assertThat(Path.of(file)).doesNotExist();
    assertThat(err.toString()).contains("nothing was imported");
  }

  @Test
  void wrong_usage_is_2() throws IOException {
    assertThat(run("import")).isEqualTo(2);
    assertThat(run("import", "--registry", schemas(), "--action", "both")).isEqualTo(2);
    assertThat(run("import", "--registry", schemas(), "--server", "amqp://a:1")).isEqualTo(2);
    assertThat(run("import", "--registry", "http://far.example.com:8081")).isEqualTo(2);
    assertThat(run("import", "--registry", "http://u:secret@localhost:8081")).isEqualTo(2);
    assertThat(
            run(
                "import",
                "--registry",
                "http://localhost:8081",
                "--credentials",
                written("c", "secret")))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("--registry URL|FOLDER, --topics FILE, or both")
        .contains("is none of [send, receive, none]")
        .contains("--server is kafka://host:port")
        .contains("SP-SCHEMA-303")
        .contains("CONTRACT_REGISTRY")
        .contains("Credentials are user:password")
        .doesNotContain("secret");
  }

  @Test
  void what_cannot_be_read_is_3() throws IOException {
    String garbage = written("topics.txt", "Error while executing topic command : Timed out\n");

    assertThat(run("import", "--topics", garbage)).isEqualTo(3);
    assertThat(run("import", "--topics", folder.resolve("none").toString())).isEqualTo(3);
    assertThat(run("import", "--registry", folder.resolve("none").toString())).isEqualTo(3);
    assertThat(
            run(
                "import",
                "--registry",
                "http://localhost:8081",
                "--credentials",
                folder.resolve("none").toString()))
        .isEqualTo(3);
    assertThat(err.toString())
        .contains("SP-CONTRACT-020 " + garbage + ":1 is no topic")
        .contains("none cannot be read")
        .contains("SP-SCHEMA-320")
        .contains("SP-CONTRACT-022");
  }

  @Test
  void a_registry_that_does_not_answer_is_3() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }

    assertThat(run("import", "--registry", "http://127.0.0.1:" + closed)).isEqualTo(3);
    assertThat(err.toString()).contains("SP-SCHEMA-305").contains("Check that it runs");
  }

  @Test
  void credentials_come_from_a_file_and_are_shown_nowhere() throws IOException {
    String basic = "Basic " + Base64.getEncoder().encodeToString("shop:pass:word".getBytes(UTF_8));
    Map<String, String> answers =
        Map.of(
            "/subjects", "[\"orders.v1-value\"]",
            "/subjects/orders.v1-value/versions/latest",
                "{\"subject\": \"orders.v1-value\", \"id\": 7, \"version\": 2, \"schema\": \"\\\"string\\\"\"}");
    HttpServer server =
        serving(answers, headers -> basic.equals(headers.getFirst("Authorization")));
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      String good = written("good", "shop:pass:word\n");
      String bad = written("bad", "shop:wrong");

      assertThat(run("import", "--registry", url, "--credentials", bad)).isEqualTo(3);
      assertThat(run("import", "--registry", url)).isEqualTo(3);
      assertThat(err.toString())
          .contains("SP-SCHEMA-306", "the user shop", "Check the credentials");
      assertThat(run("import", "--registry", url, "--credentials", good, "--server", "kafka://a:1"))
          .as("%s", err)
          .isZero();
      assertThat(out.toString()).contains("schemaRegistryUrl: " + url, "id: 7", "version: 2");
      assertThat(err.toString() + out).doesNotContain("pass:word", "wrong");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void a_reference_that_the_registry_does_not_have_is_told() throws IOException {
    Map<String, String> answers =
        Map.of(
            "/subjects", "[\"a-value\", \"b-value\"]",
            "/subjects/a-value/versions/latest",
                "{\"id\": 7, \"version\": 2, \"schemaType\": \"JSON\", \"schema\": \"{}\","
                    + " \"references\": [{\"name\": \"x\", \"subject\": \"gone\", \"version\": 1}]}",
            "/subjects/b-value/versions/latest",
                "{\"id\": 8, \"version\": 1, \"schema\": \"\\\"string\\\"\"}");
    HttpServer server = serving(answers, headers -> true);
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();

      assertThat(run("import", "--registry", url)).isEqualTo(1);
      assertThat(err.toString())
          .contains("not imported: a-value: SP-SCHEMA-308")
          .contains("version 1 of the subject gone");
      assertThat(out.toString()).contains("address: b");
    } finally {
      server.stop(0);
    }
  }
}

package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** References to the network: fetched where that was allowed, once each, and never otherwise. */
class OnlineTest {
  private final AtomicInteger requests = new AtomicInteger();
  private final HttpServer server;
  private final String url;

  @TempDir private Path folder;

  OnlineTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    url = "http://127.0.0.1:" + server.getAddress().getPort() + "/schemas/";
  }

  @BeforeEach
  void serve() {
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          String text =
              switch (exchange.getRequestURI().getPath()) {
                case "/schemas/a.yaml" -> "A: {$ref: 'b.yaml#/B'}\nC: {type: x}\n";
                case "/schemas/b.yaml" -> "B: {type: object, required: [orderId]}\n";
                default -> "";
              };
          byte[] body = text.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(body.length == 0 ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Path shop(String reference) throws IOException {
    return Shop.changed(
        folder, "{$ref: 'common/schemas.yaml#/Cancelled'}", "{$ref: '" + url + reference + "'}");
  }

  @Test
  void is_fetched_where_that_is_allowed_and_what_it_refers_to_as_well() throws IOException {
    Checked checked = Contracts.offline().online().check(shop("a.yaml#/A"));

    assertThat(checked.findings()).isEmpty();
    assertThat(requests).hasValue(2);
  }

  @Test
  void is_not_fetched_otherwise() throws IOException {
    Checked checked = Contracts.offline().check(shop("a.yaml#/A"));

    assertThat(checked.findings()).extracting(Finding::ruleId).containsExactly("ref-remote");
    assertThat(checked.isValid()).isTrue();
    assertThat(requests).hasValue(0);
  }

  @Test
  void what_is_wrong_there_is_told_with_its_url() throws IOException {
    assertThat(Contracts.offline().online().check(shop("a.yaml#/C")).findings())
        .extracting(f -> f.file() + ":" + f.line() + " " + f.ruleId())
        .containsExactly(url + "a.yaml:2 schema-enum");
  }

  @Test
  void what_is_not_there_is_told() throws IOException {
    assertThat(Contracts.offline().online().check(shop("none.yaml#/A")).findings())
        .extracting(Finding::message)
        .containsExactly(url + "none.yaml cannot be read: the server answered 404");
  }
}

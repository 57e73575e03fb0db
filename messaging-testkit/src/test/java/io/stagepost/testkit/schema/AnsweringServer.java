package io.stagepost.testkit.schema;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server that answers as a test wants it to, and knows what it was asked. Thread-safe. */
final class AnsweringServer implements AutoCloseable {
  static final Reply SCHEMA = new Reply(200, "{\"schema\":\"\\\"string\\\"\"}");
  static final Reply UNKNOWN =
      new Reply(404, "{\"error_code\":40403,\"message\":\"Schema not found\"}");

  /** Begins, and says no more. */
  static final Reply ENDLESS = new Reply(200, "{", Map.of("Transfer", "endless"));

  private final HttpServer server;
  private final String scheme;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Answers answers;

  AnsweringServer(Answers answers) {
    this(answers, null);
  }

  AnsweringServer(Answers answers, @Nullable SSLContext tls) {
    this.answers = answers;
    this.scheme = tls == null ? "http" : "https";
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      if (tls == null) {
        server = HttpServer.create(address, 1_000);
      } else {
        HttpsServer secure = HttpsServer.create(address, 1_000);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls));
        server = secure;
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return scheme + "://localhost:" + server.getAddress().getPort();
  }

  void answer(Answers answers) {
    this.answers = answers;
  }

  /** All so far, in order. */
  List<Request> requests() {
    return List.copyOf(requests);
  }

  int count() {
    return requests.size();
  }

  /** Keeps an answer back until the server is closed. */
  Reply never() {
    try {
      closed.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return UNKNOWN;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Request request =
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              body,
              System.nanoTime());
      requests.add(request);
      Reply reply = answers.to(request);
      reply.headers().forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      if (reply.equals(ENDLESS)) {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
        never();
        return;
      }
      exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  record Request(String method, String path, String authorization, String body, long nanos) {}

  record Reply(int status, String body, Map<String, String> headers) {
    Reply(int status, String body) {
      this(status, body, Map.of());
    }
  }

  interface Answers {
    Reply to(Request request) throws IOException;
  }
}

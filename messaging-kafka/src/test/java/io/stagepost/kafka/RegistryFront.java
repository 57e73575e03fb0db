package io.stagepost.kafka;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before the real registry, which is in trouble as long as a test wants it to be. Counts
 * what is asked. Thread-safe.
 */
final class RegistryFront implements AutoCloseable {
  /** What may befall a registry. */
  enum Trouble {
    /** Connections are accepted by something and closed, and those there were are cut. */
    DOWN,
    /** It takes the question and answers after everybody has given up. */
    SLOW,
    TOO_MANY_REQUESTS,
    ERROR,
    /** A page of some proxy's, with the status 200. */
    GARBAGE,
    /** Another password than the one that clients have. */
    WRONG_CREDENTIALS
  }

  static final String USER = "orders";
  static final String PASSWORD = "opensesame";

  private static final String AUTHORIZATION =
      "Basic "
          + Base64.getEncoder()
              .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));

  private final String registry = SchemaRegistryFixture.shared().url();
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer server;
  private final TcpProxy proxy = TcpProxy.open();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger refused = new AtomicInteger();
  private final List<String> answered = new CopyOnWriteArrayList<>();
  private volatile List<Trouble> troubles = List.of();
  private volatile CountDownLatch over = new CountDownLatch(1);
  private volatile int connectionsBefore;

  RegistryFront() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
    lead();
  }

  private void lead() {
    proxy.leadTo("localhost:" + server.getAddress().getPort());
  }

  String url() {
    return "http://" + proxy.address();
  }

  void begin(Trouble trouble) {
    over = new CountDownLatch(1);
    troubles = List.of(trouble);
    refused.set(0);
    connectionsBefore = proxy.connections();
    if (trouble == Trouble.DOWN) {
      proxy.leadNowhere();
      int unused = proxy.cut();
    }
  }

  void end() {
    lead();
    troubles = List.of();
    over.countDown();
  }

  /** How often it was asked in vain, since the trouble began. */
  int refused() {
    return troubles.contains(Trouble.DOWN)
        ? proxy.connections() - connectionsBefore
        : refused.get();
  }

  /** What the registry itself was asked, since ever. */
  List<String> answered() {
    return List.copyOf(answered);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      List<Trouble> now = troubles;
      if (now.isEmpty()
          && AUTHORIZATION.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        forward(exchange, body);
        return;
      }
      refused.incrementAndGet();
      switch (now.isEmpty() ? Trouble.WRONG_CREDENTIALS : now.get(0)) {
        case DOWN -> {} // one that had come through
        case SLOW -> {
          over.await();
          forward(exchange, body);
        }
        case TOO_MANY_REQUESTS -> {
          exchange.getResponseHeaders().add("Retry-After", "1");
          answer(exchange, 429, "{\"error_code\":42901,\"message\":\"Too many requests\"}");
        }
        case ERROR -> answer(exchange, 500, "{\"error_code\":50001,\"message\":\"Store\"}");
        case GARBAGE -> answer(exchange, 200, "<html>Log in, please</html>");
        case WRONG_CREDENTIALS -> answer(exchange, 401, "{\"message\":\"Unauthorized\"}");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void forward(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    String path = exchange.getRequestURI().toString();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(registry + path))
            .method(
                exchange.getRequestMethod(),
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (body.length > 0) {
      request.header("Content-Type", "application/vnd.schemaregistry.v1+json");
    }
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    answered.add(exchange.getRequestMethod() + " " + path);
    answer(exchange, response.statusCode(), response.body());
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    over.countDown();
    proxy.close();
    server.stop(0);
    threads.shutdownNow();
  }
}

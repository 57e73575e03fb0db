package io.stagepost.asyncapi.catalogue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A page in a real browser, driven by the DevTools protocol. Not thread-safe. */
final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long SECONDS = 30;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private String session = "";
  private int last;
  private boolean isLoaded;

  private Browser(Process process, URI address) {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Inbox()).join();
  }

  static Browser start(Path profile) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Chromium.provide().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    StringBuilder said = new StringBuilder();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      int at = line.indexOf("ws://");
      if (line.startsWith("DevTools listening") && at >= 0) {
        Thread drain = new Thread(() -> output.lines().forEach(l -> {}), "browser-output");
        drain.setDaemon(true);
        drain.start();
        Browser browser = new Browser(process, URI.create(line.substring(at).strip()));
        browser.attach();
        return browser;
      }
      said.append(line).append('\n');
    }
    throw new IOException("the browser does not start:\n" + said);
  }

  private void attach() throws InterruptedException {
    JsonNode page = send("Target.createTarget", Map.of("url", "about:blank"));
    JsonNode attached =
        send(
            "Target.attachToTarget",
            Map.of("targetId", page.get("targetId").asString(), "flatten", true));
    session = attached.get("sessionId").asString();
    for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
      send(domain + ".enable", Map.of());
    }
  }

  /** What the page complained of: errors in the console, exceptions, refused content. */
  List<String> problems() {
    return problems;
  }

  /** What the page asked for. */
  List<String> requests() {
    return requests;
  }

  void open(String url) throws InterruptedException {
    isLoaded = false;
    send("Page.navigate", Map.of("url", url));
    loaded();
  }

  void loaded() throws InterruptedException {
    while (!isLoaded) {
      event(next());
    }
  }

  /** Sets the size of the window, and whether people like it dark. */
  void look(int width, int height, boolean isDark) throws InterruptedException {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    Map<String, String> scheme =
        Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light");
    send("Emulation.setEmulatedMedia", Map.of("features", List.of(scheme)));
  }

  /** The value of an expression in the page. */
  JsonNode evaluate(String expression) throws InterruptedException {
    JsonNode result =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(result.get("exceptionDetails").toString());
    }
    return result.path("result").path("value");
  }

  /** A key goes down and up. */
  void press(String key) throws InterruptedException {
    isLoaded = false;
    String text = key.length() == 1 ? key : key.equals("Enter") ? "\r" : "";
    send(
        "Input.dispatchKeyEvent",
        Map.of("type", text.isEmpty() ? "rawKeyDown" : "keyDown", "key", key, "text", text));
    send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
  }

  void type(String text) throws InterruptedException {
    send("Input.insertText", Map.of("text", text));
  }

  private JsonNode send(String method, Map<String, ?> parameters) throws InterruptedException {
    int id = ++last;
    Map<String, Object> message =
        new java.util.HashMap<>(Map.of("id", id, "method", method, "params", parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    socket.sendText(JSON.writeValueAsString(message), true).join();
    while (true) {
      JsonNode answer = next();
      if (answer.path("id").asInt(-1) == id) {
        if (answer.has("error")) {
          throw new AssertionError(method + ": " + answer.get("error"));
        }
        return answer.get("result");
      }
      event(answer);
    }
  }

  private JsonNode next() throws InterruptedException {
    JsonNode next = received.poll(SECONDS, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("the browser says nothing for " + SECONDS + " s");
    }
    return next;
  }

  private void event(JsonNode event) {
    JsonNode about = event.path("params");
    switch (event.path("method").asString("")) {
      case "Page.loadEventFired" -> isLoaded = true;
      case "Network.requestWillBeSent" ->
          requests.add(about.path("request").path("url").asString());
      case "Runtime.exceptionThrown" -> problems.add(about.path("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> problems.add(about.path("args").toString());
      case "Log.entryAdded" -> problems.add(about.path("entry").toString());
      default -> {}
    }
  }

  @Override
  public void close() {
    socket.abort();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private final class Inbox implements WebSocket.Listener {
    private final StringBuilder part = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
      part.append(data);
      if (isLast) {
        received.add(JSON.readTree(part.toString()));
        part.setLength(0);
      }
      from.request(1);
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    }
  }
}

package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.TreeReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Where bytes come from: files, what is bundled for a URL, and, if it was allowed, the network.
 *
 * @param bundled files to take instead of a URL
 * @param network whether other URLs are fetched
 */
record Sources(Map<URI, Path> bundled, boolean network) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** What contracts refer to by its public address, and comes with the validator. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "http://json-schema.org/draft-07/schema", "/draft-07/schema",
          "https://json-schema.org/draft-07/schema", "/draft-07/schema",
          "https://json-schema.org/draft/2020-12/schema", "/draft/2020-12/schema");

  /** Whether a URL can be had. */
  boolean knows(URI uri) {
    return (network && isHttp(uri))
        || bundled.containsKey(uri)
        || KNOWN.containsKey(uri.toString());
  }

  private static boolean isHttp(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
  }

  /** The bytes of a file that a document refers to: no pipe or device, which might never end. */
  static byte[] referred(Path file) throws IOException {
    if (Files.exists(file) && !Files.isDirectory(file) && !Files.isRegularFile(file)) {
      throw new IOException("it is no regular file");
    }
    return read(file);
  }

  /** The bytes of a file. */
  static byte[] read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("it is a directory");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return bounded(in);
    }
  }

  /** The bytes for a URL that {@linkplain #knows can be had}. */
  byte[] read(URI uri) throws IOException {
    Path file = bundled.get(uri);
    if (file != null) {
      return read(file);
    }
    String resource = KNOWN.get(uri.toString());
    if (resource != null) {
      try (InputStream in = com.networknt.schema.Schema.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new FileNotFoundException(resource);
        }
        return bounded(in);
      }
    }
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).GET().build();
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException("the server answered " + response.statusCode());
        }
        return bounded(body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static byte[] bounded(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(TreeReader.BYTES + 1);
    if (bytes.length > TreeReader.BYTES) {
      throw new IOException(
          "it is larger than " + TreeReader.BYTES / 1024 / 1024 + " MiB, the limit; split it");
    }
    return bytes;
  }

  /** Why bytes could not be had, in a few words. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}

package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.RestRegistry;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A schema registry. Its password is never shown. */
final class RegistryOptions {
  @Option(
      names = "--registry",
      paramLabel = "URL",
      defaultValue = "${env:DLQ_REGISTRY}",
      description = {
        "A schema registry that speaks Confluent's protocol: http[s]://[user:password@]host:port."
            + " Default: the environment variable DLQ_REGISTRY."
      })
  private @Nullable String url;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  RegistryOptions() {}

  /**
   * The registry.
   *
   * @param plaintext whether it may be on another machine, without TLS
   * @return open until closed; null if none was named
   * @throws ParameterException if the URL is none
   */
  @Nullable SchemaRegistry open(boolean plaintext) {
    if (url == null || url.isBlank()) {
      return null;
    }
    try {
      URI given = new URI(url.strip());
      RestRegistry.Builder builder = RestRegistry.builder();
      String user = given.getRawUserInfo();
      if (user != null) {
        String[] parts = user.split(":", 2);
        builder.basicAuth(decoded(parts[0]), parts.length > 1 ? decoded(parts[1]) : "");
      }
      if (plaintext) {
        builder.allowPlaintext();
      }
      return builder.urls(withoutUser(given)).build();
    } catch (URISyntaxException | IllegalArgumentException unreadable) {
      throw wrong("--registry is no URL; write http[s]://[user:password@]host:port", null);
    } catch (MessagingException unusable) {
      throw wrong(Remedies.in(requireNonNull(unusable.getMessage())), unusable);
    }
  }

  /** Where it is, for people. */
  String where() {
    return url == null ? "" : url.strip().replaceFirst("//[^@/]*@", "//");
  }

  private static String withoutUser(URI given) throws URISyntaxException {
    return new URI(
            given.getScheme(),
            null,
            given.getHost(),
            given.getPort(),
            given.getPath(),
            given.getQuery(),
            null)
        .toString();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
  }

  private ParameterException wrong(String text, @Nullable Throwable cause) {
    return new ParameterException(requireNonNull(spec).commandLine(), text, cause);
  }
}

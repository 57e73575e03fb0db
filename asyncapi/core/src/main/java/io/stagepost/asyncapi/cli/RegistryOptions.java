package io.stagepost.asyncapi.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.FileRegistry;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.schema.registry.RestRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A schema registry, or a folder of schemas. Its password is never shown. */
final class RegistryOptions {
  static final String VARIABLE = "CONTRACT_REGISTRY";

  @Option(
      names = "--registry",
      paramLabel = "URL|FOLDER",
      defaultValue = "${env:" + VARIABLE + "}",
      description = {
        "A schema registry that speaks Confluent's protocol, or a folder with a folder for each"
            + " subject. Default: the environment variable "
            + VARIABLE
            + ", which may be http[s]://user:password@host:port."
      })
  private @Nullable String where;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description = "a file that holds user:password for the registry")
  private @Nullable Path credentials;

  @Option(
      names = "--allow-plaintext",
      description = "talk to a registry on another machine without TLS")
  private boolean plaintext;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  RegistryOptions() {}

  /** Whether one was named. */
  boolean isGiven() {
    return where != null && !where.isBlank();
  }

  /** Where others reach it, without secrets; null if nobody does. */
  @Nullable String url() {
    return isUrl() ? given().replaceFirst("//[^@/]*@", "//") : null;
  }

  private String given() {
    return where == null ? "" : where.strip();
  }

  private boolean isUrl() {
    return given().matches("(?i)https?://.*");
  }

  /**
   * The registry; an empty one if none was named.
   *
   * @return open until closed
   * @throws ParameterException if the options are wrong
   * @throws MessagingException if a folder or the file of credentials cannot be read
   */
  SchemaRegistry open() {
    if (!isGiven()) {
      return new InMemoryRegistry();
    }
    return isUrl() ? server() : FileRegistry.open(Path.of(given()));
  }

  private SchemaRegistry server() {
    try {
      URI url = new URI(given());
      RestRegistry.Builder builder = RestRegistry.builder();
      String user = url.getRawUserInfo();
      if (user != null) {
        if (requireNonNull(spec).commandLine().getParseResult().hasMatchedOption("--registry")) {
          throw wrong(
              "A password on the command line is seen by everybody on this machine. Set "
                  + VARIABLE
                  + ", or give --credentials FILE.",
              null);
        }
        authorize(builder, decoded(user));
      }
      if (credentials != null) {
        authorize(builder, Files.readString(credentials).strip());
      }
      if (plaintext) {
        builder.allowPlaintext();
      }
      return builder.urls(requireNonNull(url())).build();
    } catch (URISyntaxException | IllegalArgumentException unreadable) {
      throw wrong("--registry is no URL; write http[s]://host:port", null);
    } catch (IOException unreadable) {
      throw new MessagingException(
          "SP-CONTRACT-022",
          "The credentials in " + credentials + " cannot be read: " + unreadable + ".",
          unreadable);
    } catch (MessagingException unusable) {
      throw wrong(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private void authorize(RestRegistry.Builder builder, String both) {
    int colon = both.indexOf(':');
    if (colon < 1) {
      throw wrong("Credentials are user:password, in one line.", null);
    }
    builder.basicAuth(both.substring(0, colon), both.substring(colon + 1));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
  }

  private ParameterException wrong(String text, @Nullable Throwable cause) {
    return new ParameterException(requireNonNull(spec).commandLine(), text, cause);
  }
}

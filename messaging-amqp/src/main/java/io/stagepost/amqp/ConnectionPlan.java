package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Address;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** What a builder was told of connections, until it is checked as a whole. Not thread-safe. */
final class ConnectionPlan {
  /** By its name alone: nobody is asked. */
  private static final Pattern LOOPBACK =
      Pattern.compile(
          "localhost|127(?:\\.\\d{1,3}){3}|\\[(?:0:0:0:0:0:0:0|:):1]", Pattern.CASE_INSENSITIVE);

  private static final int PORT = 5672;
  private static final int TLS_PORT = 5671;

  List<String> uris = List.of();
  boolean plaintext;
  boolean verifiesHost = true;
  boolean external;
  @Nullable StoreFile trusted;
  @Nullable StoreFile identity;
  @Nullable SSLContext sslContext;
  Login.@Nullable Token token;

  /**
   * Checks it.
   *
   * @param problems gets all that is wrong; the result is of use only if nothing is
   */
  ConnectionSettings settings(List<String> problems) {
    List<Address> brokers = new ArrayList<>();
    Set<String> schemes = new TreeSet<>();
    Login login = null;
    String virtualHost = "/";
    if (uris.isEmpty()) {
      problems.add("SP-AMQP-009 It has no broker; call uris(\"amqps://user:password@host:5671\").");
    }
    for (String text : uris) {
      URI uri = parse(text, "amqp", "amqps");
      if (uri == null) {
        problems.add(
            "SP-AMQP-009 A broker's URI is not understood; write"
                + " amqps://user:password@host:port/virtual-host.");
        continue;
      }
      if (brokers.isEmpty()) {
        login = password(uri);
        String path = uri.getRawPath();
        virtualHost = path == null || path.length() <= 1 ? "/" : decoded(path.substring(1));
      }
      boolean encrypted = scheme(uri).equals("amqps");
      schemes.add(scheme(uri));
      if (!encrypted && !plaintext && !isHere(uri)) {
        problems.add(
            "SP-AMQP-034 The broker "
                + uri.getHost()
                + " is on another machine, and events and passwords would travel unencrypted. Write"
                + " amqps, or choose plaintext: AmqpTransport.builder().allowPlaintext().");
      }
      int port = uri.getPort() >= 0 ? uri.getPort() : encrypted ? TLS_PORT : PORT;
      brokers.add(new Address(uri.getHost(), port));
    }
    if (schemes.size() > 1) {
      problems.add("SP-AMQP-009 Some URIs say amqp, some amqps; let all say the same.");
    }
    boolean encrypted = schemes.contains("amqps");
    return new ConnectionSettings(
        brokers,
        virtualHost,
        login(login, encrypted, problems),
        tls(encrypted || schemes.isEmpty(), problems));
  }

  private static @Nullable Login password(URI uri) {
    if (uri.getRawUserInfo() == null) {
      return null;
    }
    String[] parts = uri.getRawUserInfo().split(":", 2);
    return new Login.Password(decoded(parts[0]), parts.length > 1 ? decoded(parts[1]) : "");
  }

  private Login login(@Nullable Login inUri, boolean encrypted, List<String> problems) {
    if ((inUri == null ? 0 : 1) + (external ? 1 : 0) + (token == null ? 0 : 1) > 1) {
      problems.add(
          "SP-AMQP-009 It has several ways to log in; choose one: user and password in the first"
              + " URI, saslExternal(), or oauth2(...).");
    }
    if (external && (!encrypted || (identity == null && sslContext == null))) {
      problems.add(
          "SP-AMQP-009 saslExternal() lacks a client certificate; call clientCertificate(...) or"
              + " sslContext(...), and write amqps in the URIs.");
    }
    if (token != null) {
      if (!isThere("com.google.gson.Gson")) {
        problems.add(
            "SP-AMQP-045 oauth2(...) needs a library that RabbitMQ's client does not bring; add"
                + " com.google.code.gson:gson to the application.");
      }
      URI issuer = parse(token.tokenEndpoint(), "http", "https");
      if (issuer == null || issuer.getRawUserInfo() != null) {
        problems.add(
            "SP-AMQP-009 The token endpoint is not understood; write https://host/path, without"
                + " user and password.");
      } else if (!plaintext && !scheme(issuer).equals("https") && !isHere(issuer)) {
        problems.add(
            "SP-AMQP-034 The token issuer "
                + issuer.getHost()
                + " is on another machine, and the client's secret would travel unencrypted. Write"
                + " https, or choose plaintext: AmqpTransport.builder().allowPlaintext().");
      }
      return token;
    }
    if (external) {
      return new Login.External();
    }
    return inUri == null ? new Login.Password("guest", "guest") : inUri;
  }

  private @Nullable Tls tls(boolean encrypted, List<String> problems) {
    boolean files = trusted != null || identity != null;
    if (!encrypted) {
      if (files || sslContext != null || !verifiesHost) {
        problems.add("SP-AMQP-009 TLS is set up, and the URIs say amqp; write amqps.");
      }
      return null;
    }
    if (sslContext != null) {
      if (files) {
        problems.add(
            "SP-AMQP-009 sslContext(...) is set, and so are files with certificates; choose one.");
      }
      return Tls.given(sslContext, verifiesHost);
    }
    try {
      return Tls.of(trusted, identity, verifiesHost);
    } catch (IOException | GeneralSecurityException useless) {
      problems.add(
          "SP-AMQP-040 Certificates or keys cannot be read from "
              + (trusted == null ? "" : trusted)
              + (trusted == null || identity == null ? "" : " or ")
              + (identity == null ? "" : identity)
              + ": "
              + useless.getMessage()
              + ". They are to be PEM (of a client, its private key and certificates in one file),"
              + " or PKCS12 with its password.");
      return null;
    }
  }

  private static boolean isThere(String name) {
    try {
      Class<?> unused = Class.forName(name, false, ConnectionPlan.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException missing) {
      return false;
    }
  }

  private static boolean isHere(URI uri) {
    return LOOPBACK.matcher(uri.getHost()).matches();
  }

  private static String scheme(URI uri) {
    return uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static @Nullable URI parse(String text, String... schemes) {
    try {
      URI uri = URI.create(text.trim());
      return uri.getScheme() != null
              && uri.getHost() != null
              && List.of(schemes).contains(scheme(uri))
          ? uri
          : null;
    } catch (IllegalArgumentException unreadable) {
      return null;
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}

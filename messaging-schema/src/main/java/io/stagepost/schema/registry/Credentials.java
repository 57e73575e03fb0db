package io.stagepost.schema.registry;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who asks. Never shows a secret. Thread-safe. */
final class Credentials {
  private final String who;
  private final String basic;
  private final @Nullable String password;
  private final @Nullable Supplier<String> token;

  /** The last token, so that it can be hidden where a server repeats it. */
  private volatile String lastToken = "";

  private Credentials(
      String who, String basic, @Nullable String password, @Nullable Supplier<String> token) {
    this.who = who;
    this.basic = basic;
    this.password = password;
    this.token = token;
  }

  static Credentials none() {
    return new Credentials("nobody (no credentials are set)", "", null, null);
  }

  static Credentials basic(String user, String password) {
    requireNonNull(user, "user");
    requireNonNull(password, "password");
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return new Credentials(
        "the user " + user, "Basic " + Base64.getEncoder().encodeToString(both), password, null);
  }

  static Credentials bearer(Supplier<String> token) {
    return new Credentials("the bearer token", "", null, requireNonNull(token, "token"));
  }

  /** Whether asking again may give others. */
  boolean areRenewed() {
    return token != null;
  }

  /** The header's value; empty if there is none. */
  String authorization() {
    if (token == null) {
      return basic;
    }
    String current;
    try {
      current = requireNonNull(token.get(), "the supplier gave null");
    } catch (RuntimeException failure) {
      throw new MessagingException(
          "SP-SCHEMA-313",
          "The supplier of the schema registry's bearer token failed with "
              + failure.getClass().getName()
              + ". Mend it, or what it asks; what needs the registry waits and asks again.",
          failure);
    }
    if (!current.matches("[\\x21-\\x7e]+")) {
      // java.net.http would show the value that it refuses
      throw new MessagingException(
          "SP-SCHEMA-313",
          "The supplier of the schema registry's bearer token gave one that is empty, or has"
              + " characters that no header may have, such as a line's end. Let it give the token"
              + " alone.");
    }
    lastToken = current;
    return "Bearer " + current;
  }

  String hide(String text) {
    String hidden = text;
    for (String secret : new String[] {basic.replace("Basic ", ""), password, lastToken}) {
      if (secret != null && !secret.isEmpty()) {
        hidden = hidden.replace(secret, "***");
      }
    }
    return hidden;
  }

  @Override
  public String toString() {
    return who;
  }
}

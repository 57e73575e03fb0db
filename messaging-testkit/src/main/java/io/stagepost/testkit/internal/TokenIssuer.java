package io.stagepost.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/** An OAuth 2 issuer: JSON Web Tokens for client credentials, and the key that they verify with. */
public final class TokenIssuer implements AutoCloseable {
  public static final String ISSUER = "https://issuer.example";
  public static final String AUDIENCE = "broker";
  public static final String CLIENT = "notes-service";
  public static final String SECRET = "client-secret";

  /** Everything, in RabbitMQ's words; Kafka's broker has no use for it. */
  private static final String SCOPE =
      "%1$s.configure:*/* %1$s.write:*/* %1$s.read:*/*".formatted(AUDIENCE);

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final KeyPair keys;
  private final AtomicInteger issued = new AtomicInteger();
  private volatile Duration lifetime = Duration.ofMinutes(10);
  private volatile String audience = AUDIENCE;
  private HttpServer server;

  public TokenIssuer() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      keys = generator.generateKeyPair();
      server = serve(0);
    } catch (GeneralSecurityException | IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private HttpServer serve(int port) throws IOException {
    HttpServer serving =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    serving.createContext("/jwks", exchange -> answer(exchange, 200, jwks()));
    serving.createContext("/token", this::token);
    serving.start();
    return serving;
  }

  public String tokenUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  public String jwksUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/jwks";
  }

  /** The key that they verify with, for a broker that does not ask for it. */
  public String publicKeyPem() {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(
            Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getPublic().getEncoded()));
  }

  public int issued() {
    return issued.get();
  }

  public void lifetime(Duration ofTokens) {
    lifetime = ofTokens;
  }

  public void audience(String ofTokens) {
    audience = ofTokens;
  }

  /** Nobody answers at its address. */
  public void goDown() {
    server.stop(0);
  }

  public void comeBack() {
    try {
      server = serve(server.getAddress().getPort());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void token(HttpExchange exchange) throws IOException {
    String credentials =
        "Basic " + Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(UTF_8));
    if (!credentials.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      answer(exchange, 401, "{\"error\":\"invalid_client\"}");
      return;
    }
    issued.incrementAndGet();
    answer(
        exchange,
        200,
        """
        {"access_token":"%s","token_type":"Bearer","expires_in":%d}"""
            .formatted(jwt(), lifetime.toSeconds()));
  }

  private String jwt() {
    Instant now = Instant.now();
    String signed =
        base64("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"1\"}".getBytes(UTF_8))
            + "."
            + base64(
                """
                {"iss":"%s","aud":"%s","sub":"%s","scope":"%s","iat":%d,"exp":%d}"""
                    .formatted(
                        ISSUER,
                        audience,
                        CLIENT,
                        SCOPE,
                        now.getEpochSecond(),
                        now.plus(lifetime).getEpochSecond())
                    .getBytes(UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + base64(signature.sign());
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private String jwks() {
    RSAPublicKey key = (RSAPublicKey) keys.getPublic();
    return """
        {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"1","n":"%s","e":"%s"}]}"""
        .formatted(unsigned(key.getModulus()), unsigned(key.getPublicExponent()));
  }

  private static String unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? base64(Arrays.copyOfRange(bytes, 1, bytes.length)) : base64(bytes);
  }

  private static String base64(byte[] bytes) {
    return BASE64.encodeToString(bytes);
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    try (exchange) {
      byte[] body = json.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

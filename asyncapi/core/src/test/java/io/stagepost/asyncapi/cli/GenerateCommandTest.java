package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes, and what is written. */
class GenerateCommandTest {
  private static final String PAYMENTS = "src/test/resources/contracts/payments.yaml";
  private static final String PAID = "src/test/resources/contracts/order-paid/contract.yaml";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int generate(String... args) {
    String[] all = new String[args.length + 5];
    System.arraycopy(
        new String[] {"generate", "--package", "p.q", "-o", folder.resolve("o").toString()},
        0,
        all,
        0,
        5);
    System.arraycopy(args, 0, all, 5, args.length);
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), all);
  }

  @Test
  void writes_what_is_generated_and_tells_what_might_be_better() {
    assertThat(generate(PAYMENTS, PAID)).isZero();
    assertThat(out.toString()).contains("generate-event-type").contains("2 files, 0 errors");
    assertThat(folder.resolve("o/p/q/PaymentsContract.java")).exists();
    assertThat(folder.resolve("o/p/q/OrderPaid.java")).exists();
  }

  @Test
  void warnings_are_0_unless_asked_for() {
    assertThat(generate("--fail-on", "warning", PAID)).isEqualTo(1);
  }

  @Test
  void writes_nothing_if_a_document_is_wrong() throws IOException {
    Path wrong = Files.writeString(folder.resolve("a.yaml"), "asyncapi: 3.0.0\n");

    assertThat(generate(PAYMENTS, wrong.toString())).isEqualTo(1);
    assertThat(folder.resolve("o")).doesNotExist();
  }

  @Test
  void wrong_usage_is_2_and_an_unreadable_file_is_3() {
    assertThat(ContractCommand.run(new PrintWriter(out), new PrintWriter(err), "generate", PAID))
        .isEqualTo(2);
    assertThat(generate("--package", "class", PAID)).isEqualTo(2);
    assertThat(generate(folder.resolve("none.yaml").toString())).isEqualTo(3);
  }
}

package io.stagepost.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.samples.shop.contract.OrderLine;
import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
  /** The rules in their order: each line breaks every rule below its own, too. */
  @ParameterizedTest
  @CsvSource({
    // invoice, quantity, price, description, customer, verdict
    "C1, -1,  0,    '',  '',  no-customer",
    "1,  -1,  0,    '',  ' ', no-customer",
    "C1, -1,  0,    '',  7,   cancelled",
    "C1,  1,  1,    tin, 7,   cancelled",
    "1,  -1,  0,    '',  7,   bad-quantity",
    "1,   0,  0,    '',  7,   bad-quantity",
    "1,   1,  0.00, '',  7,   no-price",
    "1,   1, -0.01, '',  7,   no-price",
    "1,   1,  0.01, '',  7,   no-description",
    "1,   1,  0.01, ' ', 7,   no-description",
    "1,   1,  0.01, tin, 7,   accepted",
    "c1,  1,  0.01, tin, 7,   accepted",
    "1C,  1,  0.01, tin, 7,   accepted",
    "'',  1,  0.01, tin, 7,   accepted",
  })
  void the_rules_hold_in_their_order(
      String invoice,
      long quantity,
      BigDecimal price,
      String description,
      String customer,
      String expected) {
    OrderLine line =
        new OrderLine(
            2,
            "fingerprint",
            invoice,
            "stock",
            description,
            quantity,
            "2010-12-01T08:26",
            price,
            customer,
            "country");
    assertThat(Verdict.on(line).word()).isEqualTo(expected);
  }
}

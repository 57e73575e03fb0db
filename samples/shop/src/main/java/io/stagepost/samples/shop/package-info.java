/**
 * Three services that a reader may copy: orders, payment and shipping.
 *
 * <pre>
 *   CSV ──▶ orders ──shop.orderlines──▶ payment ──shop.payments──▶ shipping
 *             │ line + event              │ inbox + payment + answer   │ inbox + total
 *             ▼ in one transaction        ▼ in one transaction         ▼ in one transaction
 *          database                    database ──▶ dead letters    database
 * </pre>
 *
 * <p>Each service is a process with a database of its own; they share nothing but their contracts,
 * {@code src/main/contracts}: these say what is sent and received, and how often a handler tries;
 * what is in {@code io.stagepost.samples.shop.contract} is generated from them. Any of the services
 * may die at any moment: what it had not committed happens again, what it had committed does not.
 *
 * <p>Read in this order: {@code payment.asyncapi.yaml}, {@code OrdersService}, {@code
 * PaymentService} with {@code Verdict}, {@code ShippingService}. {@code Service}, {@code Carrier}
 * and {@code Sql} are what all three are made with; {@code OrderLineFile} and what it needs read
 * the CSV. The package {@code launcher} starts, watches and audits the services; there is nothing
 * of messaging to learn from it but how to look from outside.
 */
@NullMarked
package io.stagepost.samples.shop;

import org.jspecify.annotations.NullMarked;

package io.stagepost.outbox.frameworks;

import static io.stagepost.outbox.frameworks.Office.ORDER_PLACED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.MessagingException;
import io.stagepost.TransactionalPublisher;
import io.stagepost.outbox.CurrentTransaction;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.frameworks.Office.Order;
import java.sql.Connection;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring's transactions over a DataSource. */
class SpringJdbcTest extends JoiningContract {
  private final TransactionTemplate template =
      new TransactionTemplate(new DataSourceTransactionManager(office.dataSource));
  private final JdbcTemplate jdbc = new JdbcTemplate(office.dataSource);

  // spotless:off
  // snippet: spring
  static CurrentTransaction springTransaction(DataSource dataSource) {
    return work -> {
      if (TransactionSynchronizationManager.isActualTransactionActive()) {
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try {
          work.accept(connection);
        } finally {
          DataSourceUtils.releaseConnection(connection, dataSource);
        }
      }
    };
  }
  // end
  // spotless:on

  @Override
  CurrentTransaction current() {
    return springTransaction(office.dataSource);
  }

  @Override
  void inTransaction(Runnable work) {
    template.executeWithoutResult(status -> work.run());
  }

  @Override
  void placeOrder(String id) {
    jdbc.update("insert into purchase (id) values (?)", id);
  }

  @Override
  String refusal() {
    return "SP-OUTBOX-060";
  }

  @Test
  void an_event_without_a_transaction_is_refused_on_a_pool_that_is_not_in_auto_commit_mode() {
    try (HikariDataSource pool = office.pool(false)) {
      TransactionalPublisher publisher = office.outbox.joining(springTransaction(pool));
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> publisher.publish(ORDER_PLACED.event(new Order("o-1"))))
          .withMessageContaining("SP-OUTBOX-060");
      new TransactionTemplate(new DataSourceTransactionManager(pool))
          .executeWithoutResult(status -> publisher.publish(ORDER_PLACED.event(new Order("o-1"))));
      assertThat(office.outbox.pending()).isEqualTo(1);
    }
  }

  @Test
  void an_event_in_the_transaction_of_another_data_source_is_refused() {
    try (HikariDataSource other = office.pool(true)) {
      TransactionalPublisher publisher = office.outbox.joining(springTransaction(other));
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(
              () -> inTransaction(() -> publisher.publish(ORDER_PLACED.event(new Order("o-1")))))
          .withMessageContaining("SP-OUTBOX-001");
      assertThat(office.outbox.pending()).isZero();
    }
  }

  @Test
  void a_nested_transaction_that_rolls_back_to_its_savepoint_takes_its_own_events_back() {
    TransactionalPublisher publisher = office.outbox.joining(current());
    TransactionTemplate nested =
        new TransactionTemplate(new DataSourceTransactionManager(office.dataSource));
    nested.setPropagationBehavior(TransactionTemplate.PROPAGATION_NESTED);
    inTransaction(
        () -> {
          publisher.publish(ORDER_PLACED.event(new Order("o-1")));
          nested.executeWithoutResult(
              status -> {
                publisher.publish(ORDER_PLACED.event(new Order("o-2")));
                status.setRollbackOnly();
              });
        });
    assertThat(office.outbox.pending()).isEqualTo(1);
  }

  @Test
  void d08_a_publisher_that_is_a_bean_joins_what_an_annotation_begins() {
    try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
      context.registerBean(
          DataSource.class, () -> office.dataSource, bean -> bean.setDestroyMethodName(""));
      context.registerBean(Outbox.class, () -> office.outbox);
      context.register(Application.class);
      context.refresh();
      Orders orders = context.getBean(Orders.class);

      orders.place(new Order("o-1"));
      assertThatIllegalStateException().isThrownBy(() -> orders.placeBadly(new Order("o-2")));
      assertThat(office.orders()).isEqualTo(1);
      assertThat(office.outbox.pending()).isEqualTo(1);
    }
  }

  @Configuration
  @EnableTransactionManagement
  static class Application {
    @Bean
    PlatformTransactionManager transactions(DataSource dataSource) {
      return new DataSourceTransactionManager(dataSource);
    }

    // spotless:off
    // snippet: spring-bean
    @Bean
    TransactionalPublisher publisher(Outbox outbox, DataSource dataSource) {
      return outbox.joining(springTransaction(dataSource));
    }
    // end
    // spotless:on

    @Bean
    Orders orders(DataSource dataSource, TransactionalPublisher publisher) {
      return new Orders(new JdbcTemplate(dataSource), publisher);
    }
  }

  static class Orders {
    private final JdbcTemplate jdbc;
    private final TransactionalPublisher publisher;

    Orders(JdbcTemplate jdbc, TransactionalPublisher publisher) {
      this.jdbc = jdbc;
      this.publisher = publisher;
    }

    // spotless:off
    // snippet: spring-use
    @Transactional
    public void place(Order order) {
      jdbc.update("insert into purchase (id) values (?)", order.id());
      publisher.publish(ORDER_PLACED.event(order));
    }
    // end
    // spotless:on

    @Transactional
    public void placeBadly(Order order) {
      place(order);
      throw new IllegalStateException("changed my mind");
    }
  }
}

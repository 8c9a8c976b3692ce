package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.Param;
import io.rkllm.tools.StructuredOutput;
import java.nio.file.Path;
import java.util.List;

/**
 * Converts a paragraph to a record. The model is given the schema of the class and its answer is
 * validated; if it violates the schema, the model is given the reason and tries again.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model made for this,
 * whose first answer lacks a field.
 */
final class ExtractRecord {
  private static final String LETTER =
      """
      Dear Sirs, please send me a dozen gear wheels, as well as three hundred punched cards. It is
      urgent, the engine stands still. Yours, Ada Lovelace""";

  public enum Delivery {
    STANDARD,
    EXPRESS
  }

  public record Item(String name, @Param(description = "how many") int quantity) {}

  public record Order(String customer, List<Item> items, Delivery delivery) {}

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("clerk.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .contextLength(2048)
            .load()) {
      Order order =
          StructuredOutput.of(model)
              .generate("Take the order from this letter:\n" + LETTER, Order.class);
      System.out.println(order.customer() + " wants, by " + order.delivery() + ":");
      order
          .items()
          .forEach(item -> System.out.println("  " + item.quantity() + " × " + item.name()));
    }
  }
}

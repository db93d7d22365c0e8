import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** What a jar of a user does: it reads a table, writes another, and says a number. Knows nothing of Godwit. */
public final class CountWords {
  public static void main(String[] arguments) throws Exception {
    if (arguments[3].equals("fail")) {
      throw new IllegalStateException("No wind today");
    }
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      Dataset<Row> counted = spark.read().parquet(arguments[0]).groupBy("kind").agg(functions.count("*").as("seen"));
      counted.orderBy("kind").coalesce(1).write().parquet(arguments[1]);
      Files.writeString(Path.of(arguments[2]), Long.toString(counted.count()));
    }
  }
}

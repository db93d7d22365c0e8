package dev.godwit.examples

import dev.godwit.authoring.Expressions.value
import dev.godwit.authoring.Retry
import dev.godwit.authoring.Task
import dev.godwit.authoring.Workflow
import dev.godwit.types.Default
import java.time.Duration

data class Item(val name: String, val price: Double)

data class DiscountIn(val item: Item, @Default("0.1") val rate: Double)

data class DiscountOut(val item: Item, val saved: Double)

data class TotalIn(val items: List<Item>)

data class OrderIn(val items: List<Item>, @Default("100.0") val free: Double)

data class OrderOut(val items: List<Item>, val total: Double)

/** Tasks and a workflow in Kotlin: the price of an order. */
object Prices {
    val discount: Task<DiscountIn, DiscountOut> =
        Task.of("dev.godwit.examples.discount", DiscountIn::class.java, DiscountOut::class.java) { given ->
            val saved = given.item.price * given.rate
            DiscountOut(given.item.copy(price = given.item.price - saved), saved)
        }.retries(Retry.times(2).backoff(Duration.ofSeconds(1)))

    val total: Task<TotalIn, Double> =
        Task.of("dev.godwit.examples.total", TotalIn::class.java, Double::class.javaObjectType) { given ->
            given.items.sumOf { it.price }
        }

    val order: Workflow<OrderIn, OrderOut> =
        Workflow.of("dev.godwit.examples.order", OrderIn::class.java, OrderOut::class.java) { wf ->
            val cheaper = wf.map(discount).over(DiscountIn::item).to(wf.input(OrderIn::items))
            val items = cheaper.get(DiscountOut::item)
            val sum = wf.call(total).set(TotalIn::items).to(items).result()
            val due = wf.choose(sum.greaterThan(wf.input(OrderIn::free))) { value(0.0) }.otherwise { sum }
            wf.output(OrderOut::items).to(items).output(OrderOut::total).to(due.result())
        }
}

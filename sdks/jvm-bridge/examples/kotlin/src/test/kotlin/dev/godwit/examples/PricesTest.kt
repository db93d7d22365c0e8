package dev.godwit.examples

import dev.godwit.authoring.ClassIndex
import dev.godwit.idl.core.v1.Bundle
import dev.godwit.testing.GodwitExtension
import dev.godwit.testing.InPlace
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.ExtendWith

@ExtendWith(GodwitExtension::class)
class PricesTest {
    @Test
    fun `runs in place`(place: InPlace) {
        val items = listOf(Item("pen", 10.0), Item("ink", 30.0))
        val out = place.run(Prices.order, OrderIn(items, 100.0))
        assertEquals(OrderOut(listOf(Item("pen", 9.0), Item("ink", 27.0)), 36.0), out)
        assertEquals(0.0, place.run(Prices.order, OrderIn(items, 20.0)).total)
    }

    @Test
    fun `the build wrote its specs`() {
        val bundle = Prices::class.java.classLoader.getResourceAsStream(ClassIndex.BUNDLE).use { Bundle.parseFrom(it) }
        assertEquals(listOf("dev.godwit.examples.Prices", "discount"), bundle.getTasks(0).program.argumentsList)
        assertEquals("dev.godwit.examples.order", bundle.getWorkflows(0).id.name)
    }
}

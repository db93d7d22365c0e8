package dev.godwit.examples

import dev.godwit.types.{Default, Doc, ItemType, Members, TypeText}
import dev.godwit.values.{Codecs, Data}
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

import scala.jdk.CollectionConverters.*

@Doc("How to train.")
case class Settings(
    @Doc("Step size.") @Default("0.5") rate: Double,
    names: List[String],
    @ItemType(classOf[Long]) layers: Seq[Long],
    shape: Shape,
    note: Option[String],
    @ItemType(classOf[Double]) scores: Map[String, Double],
    tags: Set[String]
):
  val total: Long = layers.sum

@Members(Array(classOf[Circle], classOf[Square]))
sealed trait Shape
case class Circle(radius: Double) extends Shape
case class Square(side: Double) extends Shape

class CaseClassesTest:
  private val codecs = Codecs.standard()
  private val settings =
    Settings(0.25, List("a", "b"), Seq(1L, 2L), Circle(1), None, Map("x" -> 1.5), Set("p", "q"))

  @Test def aCaseClassIsARecord(): Unit =
    val codec = codecs.record(classOf[Settings])
    val fields = codec.fields().asScala.map(field => s"${field.name}: ${TypeText.render(field.codec.`type`)}").toList
    val expected = List(
      "rate: float",
      "names: list<string>",
      "layers: list<int>",
      "shape: Circle | Square",
      "note: string?",
      "scores: map<string, float>",
      "tags: set<string>"
    )
    assertEquals(expected, fields)
    assertEquals("Step size.", codec.fields().get(0).description)

  @Test def itsValuesComeBack(): Unit =
    val codec = codecs.of(classOf[Settings])
    val literal = codec.write(settings, Data.none())
    assertEquals(settings, codec.read(literal, Data.none()))
    assertEquals(literal, codec.write(settings.copy(), Data.none()))
    val noted = settings.copy(note = Some("x"), shape = Square(2))
    assertEquals(noted, codec.read(codec.write(noted, Data.none()), Data.none()))

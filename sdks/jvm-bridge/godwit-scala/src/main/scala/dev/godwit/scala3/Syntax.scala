package dev.godwit.scala3

import dev.godwit.authoring.*
import dev.godwit.types.JavaType

import java.util.List as JavaList

extension [I, O](call: Call[I, O])
  /** An input of a call, to be set: `call.in(_.name).to("Ann")`. */
  transparent inline def in(inline component: I => Any): Any = ${ Components.callInput('call, 'component) }

  /** An output of a call: `call.out(_.greeting)`. */
  transparent inline def out(inline component: O => Any): Any = ${ Components.callOutput('call, 'component) }

extension [I, O](map: MapCall[I, O])
  /** An input of a map, to be set to a list, one item for each call. */
  transparent inline def each(inline component: I => Any): Any = ${ Components.mapOver('map, 'component) }

  /** An input of a map that is the same for each item, or made of it. */
  transparent inline def in(inline component: I => Any): Any = ${ Components.mapInput('map, 'component) }

  /** The item at hand of a mapped input. */
  transparent inline def itemOf(inline component: I => Any): Any = ${ Components.mapItem('map, 'component) }

  /** An output of all items: a list. */
  transparent inline def out(inline component: O => Any): Any = ${ Components.mapOutput('map, 'component) }

extension [I, O](map: TolerantMapCall[I, O])
  /** An input of a map, to be set to a list, one item for each call. */
  transparent inline def each(inline component: I => Any): Any = ${ Components.tolerantOver('map, 'component) }

  /** An input of a map that is the same for each item, or made of it. */
  transparent inline def in(inline component: I => Any): Any = ${ Components.tolerantInput('map, 'component) }

  /** The item at hand of a mapped input. */
  transparent inline def itemOf(inline component: I => Any): Any = ${ Components.tolerantItem('map, 'component) }

  /** An output of all items: a list; that of a failed one is none. */
  transparent inline def out(inline component: O => Any): Any = ${ Components.tolerantOutput('map, 'component) }

extension [R](branch: Branch[R])
  /** An output of a branch. */
  transparent inline def out(inline component: R => Any): Any = ${ Components.branchOutput('branch, 'component) }

extension [I, H](handler: FailureHandler[I, H])
  /** An input of what is called, to be set. */
  transparent inline def in(inline component: H => Any): Any = ${ Components.handlerInput('handler, 'component) }

  /** An input of the workflow that failed. */
  transparent inline def ofWorkflow(inline component: I => Any): Any = ${ Components.handledInput('handler, 'component) }

extension [I, O](wf: WorkflowBuilder[I, O])
  /** An input of the workflow: `wf.in(_.name)`. */
  transparent inline def in(inline component: I => Any): Any = ${ Components.workflowInput('wf, 'component) }

extension [O](block: OutputBlock[O])
  /** An output of a workflow, or of a case of a branch, to be set: `wf.out(_.greeting).to(…)`. */
  transparent inline def out(inline component: O => Any): Any = ${ Components.blockOutput('block, 'component) }

extension [R](record: RecordExpression[R])
  /** A component of a record under construction, to be set. */
  transparent inline def in(inline component: R => Any): Any = ${ Components.recordField('record, 'component) }

extension [I, O](plan: LaunchPlan[I, O])
  /** An input that whoever launches cannot set. */
  transparent inline def fixedIn(inline component: I => Any): Any = ${ Components.fixed('plan, 'component) }

  /** An input whose default is replaced. */
  transparent inline def defaultIn(inline component: I => Any): Any = ${ Components.defaulted('plan, 'component) }

extension [T](promise: Promise[T])
  /** A component of a case class: `model.part(_.weights)`. */
  transparent inline def part(inline component: T => Any): Any = ${ Components.part('promise, 'component) }

extension [T](list: Promise[List[T]])
  /** The same list as the builder of workflows takes it: for `each`, `Expressions.item`, `dropNone`. */
  def asJava: Promise[JavaList[T]] =
    Expressions.seenAs(list, JavaType(classOf[JavaList[?]], JavaList.of(list.`type`.argument(0)), JavaList.of()))

extension [T](list: Promise[JavaList[T]])
  /** The same list as a component of a case class has it. */
  def asScala: Promise[List[T]] =
    Expressions.seenAs(list, JavaType(classOf[List[?]], JavaList.of(list.`type`.argument(0)), JavaList.of()))

extension [T](value: Promise[Option[T]])
  /** The value, or another where it is none. */
  def getOrElse(other: Promise[? <: T]): Promise[T] =
    val bare: Promise[T] = Expressions.seenAs(value, value.`type`.argument(0))
    bare.orElse(other)

// Package lab is the referee: it answers a [Scenario] on the real kernel.
//
// A scenario is a description: links, routes, sysctls, rules, and packets that
// arrive from a link or are sent by this host. [Host.Run] builds a throw-away
// network namespace for it, loads the rules with iptables-restore, plays the
// packets and hands back a [Result]: rule counters, LOG lines, every packet
// that left, the connection table. The same scenario can be given to the
// simulator, and [Compare] says where the two differ.
//
// The host under test is one network namespace whose links are TAP devices held
// by this process. Writing a frame to such a device runs the whole receive path
// before write returns, so everything a packet causes is there when the next
// packet is sent: nothing is waited for and nothing is timed. Every scenario
// gets a namespace of its own; it has no name and dies with the process, so a
// killed run leaves nothing behind. Three global settings that the kernel has
// no namespaced form of (net.netfilter.nf_log_all_netns always; RCU pace,
// size of the connection hash and console log level with [Options.Fast]) are
// put back when the last lab of the machine closes, or when the next one opens
// after a kill.
//
// Scenarios are written as txtar text ([Parse], [Scenario.AppendText]), with
// the kernel's recorded answer beside the question, so that who has no root can
// hold the simulator against the kernel too. [Generate] draws scenarios from a
// seed, [Shrink] makes a failing one small.
//
// The kernel side is Linux only and needs root; [Supported] says what is missing.
package lab

namespace Pare.Robustness;

/// <summary>What is left of the accuracy where pictures are changed to fool the network.</summary>
/// <param name="Images">The test images that were attacked, of each class its share.</param>
/// <param name="Clean">The accuracy on them as they are, 0 to 1.</param>
/// <param name="Restarts">How often an attack of many steps begins: first at the picture itself, then at random places.</param>
/// <param name="Transferred">
/// Whether the pictures were made to fool the network in single precision and are shown to the one in integers, rounded to bytes: the
/// gradient of integers is 0, and nobody knows that there is no better attack on them.
/// </param>
/// <param name="Results">A result an attack and reach, by rising reach, weaker attacks first.</param>
public sealed record AttacksRecord(int Images, double Clean, int Restarts, bool Transferred, IReadOnlyList<AttackResult> Results);

namespace Vdi.Emulator.Importing;

/// <summary>What a program in the sandbox may use at most.</summary>
/// <param name="MemoryBytes">Its address space.</param>
/// <param name="FileBytes">How far it may write into its file.</param>
/// <param name="Time">Of the processors, and by the clock.</param>
internal sealed record SandboxLimits(long MemoryBytes, long FileBytes, TimeSpan Time);

/// <summary>How a program in the sandbox ended.</summary>
/// <param name="Code">Its exit code; 128 and the signal's number where a signal ended it.</param>
/// <param name="Output">The beginning of what it said.</param>
/// <param name="Errors">The end of what it complained of; both are words of somebody hostile.</param>
internal sealed record SandboxEnd(int Code, string Output, string Errors);

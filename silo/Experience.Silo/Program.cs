using Experience.Silo.Hosting;

return await SiloProgram.RunAsync(args);
